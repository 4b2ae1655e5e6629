"""Changing missions, and starting, canceling and repeating their runs."""

import strawberry

from domain.missions import repository
from domain.missions.cancel import CANCEL, cancel_run
from domain.missions.create import EDIT, create_mission
from domain.missions.delete import delete_mission
from domain.missions.retry import retry_failed
from domain.missions.start import RUN, start_mission
from domain.missions.update import update_mission
from graph.executions.types import Execution
from graph.missions.inputs import (
    CancelRunInput,
    CreateMissionInput,
    DeleteMissionInput,
    RetryFailedTestsInput,
    StartMissionInput,
    UpdateMissionInput,
)
from graph.missions.sealing import sealer_of
from graph.missions.types import Mission
from graph.support.context import Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import read_if_stale


@strawberry.type
class CreateMissionPayload:
    """The new mission."""

    mission: Mission | None
    user_errors: list[UserError]


@strawberry.type
class UpdateMissionPayload:
    """The mission as it is now, also after a CONFLICT."""

    mission: Mission | None
    user_errors: list[UserError]


@strawberry.type
class DeleteMissionPayload:
    """The mission as it was, or as it is after a CONFLICT."""

    mission: Mission | None
    user_errors: list[UserError]


@strawberry.type
class StartMissionPayload:
    """The run; after a CONFLICT the newest one, which may be what is in the way."""

    run: Execution | None
    user_errors: list[UserError]


@strawberry.type
class RetryFailedTestsPayload:
    """The new run; after a CONFLICT the newest one, which may be what is in the way."""

    run: Execution | None
    user_errors: list[UserError]


@strawberry.type
class CancelRunPayload:
    """The run as it is now: tests that a worker is busy with end a moment later."""

    run: Execution | None
    user_errors: list[UserError]


@strawberry.type
class MissionMutations:
    """Root fields."""

    @mutation(EDIT, "Make a mission from scenario templates.")
    async def create_mission(
        self,
        info: Info,
        input: CreateMissionInput,  # noqa: A002 - the argument's name
    ) -> CreateMissionPayload:
        """Copy scenarios and tests."""
        command, sealer = input.to_command(), sealer_of(info.context)
        made = await attempt(
            info, lambda uow, actor: create_mission(uow, actor, command, sealer=sealer)
        )
        mission = None if made.value is None else Mission.from_row(made.value)
        return CreateMissionPayload(mission=mission, user_errors=made.user_errors)

    @mutation(EDIT, "Change a mission; an open run keeps its address and its plain values.")
    async def update_mission(
        self,
        info: Info,
        input: UpdateMissionInput,  # noqa: A002 - the argument's name
    ) -> UpdateMissionPayload:
        """Change words, address and values."""
        command, sealer = input.to_command(), sealer_of(info.context)
        changed = await attempt(
            info, lambda uow, actor: update_mission(uow, actor, command, sealer=sealer)
        )
        row = await read_if_stale(info, changed, repository.read_missions, command.mission_id)
        mission = None if row is None else Mission.from_row(row)
        return UpdateMissionPayload(mission=mission, user_errors=changed.user_errors)

    @mutation(EDIT, "Delete a mission of which no run is open.")
    async def delete_mission(
        self,
        info: Info,
        input: DeleteMissionInput,  # noqa: A002 - the argument's name
    ) -> DeleteMissionPayload:
        """Its history stays."""
        command = input.to_command()
        deleted = await attempt(info, lambda uow, actor: delete_mission(uow, actor, command))
        row = await read_if_stale(info, deleted, repository.read_missions, command.mission_id)
        mission = None if row is None else Mission.from_row(row)
        return DeleteMissionPayload(mission=mission, user_errors=deleted.user_errors)

    @mutation(RUN, "Start a run of a mission; `missionProgress` follows it.")
    async def start_mission(
        self,
        info: Info,
        input: StartMissionInput,  # noqa: A002 - the argument's name
    ) -> StartMissionPayload:
        """Request the run and all its tests."""
        command = input.to_command()
        started = await attempt(info, lambda uow, actor: start_mission(uow, actor, command))
        row = await read_if_stale(info, started, repository.read_latest_runs, command.mission_id)
        run = None if row is None else Execution.from_row(row)
        return StartMissionPayload(run=run, user_errors=started.user_errors)

    @mutation(RUN, "Carry out again what failed in the newest run, as a run of its own.")
    async def retry_failed_tests(
        self,
        info: Info,
        input: RetryFailedTestsInput,  # noqa: A002 - the argument's name
    ) -> RetryFailedTestsPayload:
        """Failed, out of time or given up."""
        command = input.to_command()
        started = await attempt(info, lambda uow, actor: retry_failed(uow, actor, command))
        row = await read_if_stale(info, started, repository.read_latest_runs, command.mission_id)
        run = None if row is None else Execution.from_row(row)
        return RetryFailedTestsPayload(run=run, user_errors=started.user_errors)

    @mutation(CANCEL, "Cancel a run with everything in it that has not ended.")
    async def cancel_run(
        self,
        info: Info,
        input: CancelRunInput,  # noqa: A002 - the argument's name
    ) -> CancelRunPayload:
        """What has ended stays as it is."""
        command = input.to_command()
        canceled = await attempt(info, lambda uow, actor: cancel_run(uow, actor, command))
        run = None if canceled.value is None else Execution.from_row(canceled.value)
        return CancelRunPayload(run=run, user_errors=canceled.user_errors)
