"""Run the failed tests of a mission again, as a run of their own that says what it repeats."""

from dataclasses import dataclass
from uuid import UUID

from domain.executions.models import Execution
from domain.executions.repeat import find_earlier, read_key
from domain.executions.request import request_tree
from domain.missions import repository
from domain.missions.asked import read_asked
from domain.missions.models import Mission
from domain.missions.plan import RunPlan, check_runnable, plan_run
from domain.missions.start import RUN, require_no_open_run
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.checks import Checks
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork

RETRY = "mission.retry"


@dataclass(frozen=True, slots=True)
class RetryFailed:
    """Whose failed tests."""

    mission_id: UUID
    idempotency_key: str | None = None


async def retry_failed(uow: UnitOfWork, actor: Actor, command: RetryFailed) -> Execution:
    """Request a run of the tests that failed, ran out of time or were given up in the latest run.

    It uses the address and the values given for that run, and what the mission keeps by now.

    Raises:
        Forbidden: the actor may not run missions.
        NotFound: there is no such mission for this actor.
        Conflict: a run is open, none has been made yet, or nothing failed in the latest.
        Invalid: a parameter has no value any more, or the key was used with other arguments or
            is none.
    """
    actor.require(RUN)
    request = read_key(RETRY, command.idempotency_key, {"id": command.mission_id})
    earlier = await find_earlier(uow, actor, request)
    if earlier is not None:
        return earlier
    mission = await repository.lock_mission(uow.session, actor.workspace_id, command.mission_id)
    if mission is None:
        raise NotFound("The mission", field=("id",))
    await require_no_open_run(uow, actor, mission)
    plan = await _plan_again(uow, actor, mission)
    checks = Checks()
    check_runnable(checks, plan)
    checks.settle()
    planned, children = plan_run(plan, request=request)
    run = await request_tree(uow, actor, planned, children)
    told = {"run_id": run.id, "retry_of": plan.retry_of, "tests": len(children)}
    uow.audit(Entry(RETRY, actor, Entity.of(mission), after=told))
    return run


async def _plan_again(uow: UnitOfWork, actor: Actor, mission: Mission) -> RunPlan:
    runs = await repository.read_latest_runs(uow.session, actor.workspace_id, [mission.id])
    latest = runs.get(mission.id)
    if latest is None:
        raise Conflict("This mission has not been run yet.", field=("id",))
    failed = await repository.read_retried(uow.session, actor.workspace_id, latest.id)
    repeated = {one.subject_id: one.id for one in failed if one.subject_id is not None}
    if not repeated:
        raise Conflict("Nothing failed in the latest run.", field=("id",))
    tests = await repository.read_tests_of_missions(uow.session, actor.workspace_id, [mission.id])
    scenarios = await repository.read_scenarios(uow.session, actor.workspace_id, [mission.id])
    base_url, given = read_asked(latest.input)
    return RunPlan(
        mission=mission,
        scenarios=scenarios[mission.id],
        tests=[test for test in tests[mission.id] if test.id in repeated],
        base_url=base_url,
        given=given,
        retry_of=latest.id,
        repeated=repeated,
    )
