"""Start a run of a mission: one execution for the run and one for each of its tests.

A mission has at most one open run. Its tests act on one target, so that a second run beside the
first would spoil both outcomes; whoever wants it cancels the first, or makes a second mission.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.executions.models import Execution
from domain.executions.repeat import find_earlier, read_key
from domain.executions.request import request_tree
from domain.missions import repository
from domain.missions.address import check_base_url
from domain.missions.models import Mission, MissionTest
from domain.missions.plan import RunPlan, check_runnable, plan_run
from domain.missions.values import check_values, list_secret_names
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.checks import Checks
from domain.shared.database import JsonObject
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.templates.rules import ParameterValue, read_parameters

RUN = "mission.run"
START = "mission.start"


@dataclass(frozen=True, slots=True)
class StartMission:
    """Which mission, and what is different about this one run.

    `parameters` are plain values only; secret ones belong to the mission, where they are sealed.
    """

    mission_id: UUID
    base_url: str | None = None
    parameters: Sequence[ParameterValue] = ()
    idempotency_key: str | None = None

    def describe(self) -> JsonObject:
        """What tells this request from others; the order of the values does not."""
        values = sorted(((one.name, one.value) for one in self.parameters), key=lambda one: one[0])
        return {"id": self.mission_id, "base_url": self.base_url, "parameters": values}


async def start_mission(uow: UnitOfWork, actor: Actor, command: StartMission) -> Execution:
    """Request a run and all its tests, and return the run.

    The same idempotency key again returns the run it started, whatever became of it.

    Raises:
        Forbidden: the actor may not run missions.
        NotFound: there is no such mission for this actor.
        Conflict: the mission has no tests, or a run of it is open.
        Invalid: a parameter has no value, or the key was used with other arguments or is none.
    """
    actor.require(RUN)
    request = read_key(START, command.idempotency_key, command.describe())
    earlier = await find_earlier(uow, actor, request)
    if earlier is not None:
        return earlier
    mission = await repository.lock_mission(uow.session, actor.workspace_id, command.mission_id)
    if mission is None:
        raise NotFound("The mission", field=("id",))
    tests = await repository.read_tests_of_missions(uow.session, actor.workspace_id, [mission.id])
    scenarios = await repository.read_scenarios(uow.session, actor.workspace_id, [mission.id])
    checks = Checks()
    base_url = check_base_url(checks, command.base_url, ("base_url",))
    plan = RunPlan(
        mission=mission,
        scenarios=scenarios[mission.id],
        tests=tests[mission.id],
        base_url=base_url,
        given=_check_given(checks, command.parameters, tests[mission.id]),
    )
    await require_no_open_run(uow, actor, mission)
    if not plan.tests:
        raise Conflict("The mission has no tests.", field=("id",))
    check_runnable(checks, plan)
    checks.settle()
    planned, children = plan_run(plan, request=request)
    run = await request_tree(uow, actor, planned, children)
    given = {"base_url": plan.base_url, "parameters": plan.given}
    told = {"run_id": run.id, "tests": len(children), **given}
    uow.audit(Entry(START, actor, Entity.of(mission), after=told))
    return run


async def require_no_open_run(uow: UnitOfWork, actor: Actor, mission: Mission) -> None:
    """Raise `Conflict` while a run of the mission has not ended."""
    if await repository.find_open_run(uow.session, actor.workspace_id, mission.id) is not None:
        raise Conflict("A run of this mission is still open.", field=("id",))


def _check_given(
    checks: Checks, parameters: Sequence[ParameterValue], tests: Sequence[MissionTest]
) -> dict[str, str]:
    """Check the values of one run. They are stored with it, so no secret may be among them."""
    secret = list_secret_names(read_parameters(test.parameters) for test in tests)
    for index, one in enumerate(parameters):
        if secret.get(one.name):
            checks.refuse(
                ("parameters", str(index), "name"),
                "A secret value is given to the mission, not to a run.",
            )
    values = check_values(checks, parameters, secret)
    return {name: value for name, value in values.items() if value is not None}
