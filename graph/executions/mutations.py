"""Acting on executions: cancel, replay, record, probe."""

import strawberry

from domain.executions import models
from domain.executions.cancel import CANCEL, cancel_execution
from domain.executions.probe import request_probe
from domain.executions.record import RECORD, record_result
from domain.executions.replay import REPLAY, replay_execution
from graph.executions.inputs import (
    CancelExecutionInput,
    RecordTestResultInput,
    ReplayExecutionInput,
    RequestProbeInput,
)
from graph.executions.types import EXECUTION, Execution
from graph.support.context import Info
from graph.support.errors import Attempted, UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import identify


@strawberry.type
class CancelExecutionPayload:
    """The execution; what a worker holds ends a moment later."""

    execution: Execution | None
    user_errors: list[UserError]


@strawberry.type
class ReplayExecutionPayload:
    """The new execution; the old one stays as it is."""

    execution: Execution | None
    user_errors: list[UserError]


@strawberry.type
class RecordTestResultPayload:
    """The execution with its result."""

    execution: Execution | None
    user_errors: list[UserError]


@strawberry.type
class RequestProbePayload:
    """The probe."""

    execution: Execution | None
    user_errors: list[UserError]


@strawberry.type
class ExecutionMutations:
    """Root fields."""

    @mutation(CANCEL, "Cancel an execution and everything below it; what has ended stays.")
    async def cancel_execution(
        self,
        info: Info,
        input: CancelExecutionInput,  # noqa: A002 - the argument's name
    ) -> CancelExecutionPayload:
        """Ask for the end."""
        identity = identify(input.id, EXECUTION)
        asked = await attempt(info, lambda uow, actor: cancel_execution(uow, actor, identity))
        return CancelExecutionPayload(execution=wrap(asked), user_errors=asked.user_errors)

    @mutation(REPLAY, "Run an execution that has ended once more, with the same input.")
    async def replay_execution(
        self,
        info: Info,
        input: ReplayExecutionInput,  # noqa: A002 - the argument's name
    ) -> ReplayExecutionPayload:
        """Request it again."""
        identity, key = identify(input.id, EXECUTION), input.idempotency_key
        made = await attempt(
            info, lambda uow, actor: replay_execution(uow, actor, identity, idempotency_key=key)
        )
        return ReplayExecutionPayload(execution=wrap(made), user_errors=made.user_errors)

    @mutation(RECORD, "Record what a person found out by carrying out a manual test.")
    async def record_test_result(
        self,
        info: Info,
        input: RecordTestResultInput,  # noqa: A002 - the argument's name
    ) -> RecordTestResultPayload:
        """End a manual test."""
        done = await attempt(info, lambda uow, actor: record_result(uow, actor, input.to_command()))
        return RecordTestResultPayload(execution=wrap(done), user_errors=done.user_errors)

    @mutation(REPLAY, "Ask the engine for a sign of life: an execution that does nothing.")
    async def request_probe(
        self,
        info: Info,
        input: RequestProbeInput,  # noqa: A002 - the argument's name
    ) -> RequestProbePayload:
        """Send a probe."""
        key = input.idempotency_key
        made = await attempt(
            info, lambda uow, actor: request_probe(uow, actor, idempotency_key=key)
        )
        return RequestProbePayload(execution=wrap(made), user_errors=made.user_errors)


def wrap(attempted: Attempted[models.Execution]) -> Execution | None:
    """What a verb returned, as clients see it."""
    return None if attempted.value is None else Execution.from_row(attempted.value)
