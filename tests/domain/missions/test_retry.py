"""A retry carries out again what failed in the latest run, and says which run it repeats."""

import pytest

from domain.executions.states import Status
from domain.missions.models import Mission
from domain.missions.update import UpdateMission, update_mission
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from domain.templates.rules import Parameter
from tests.factories.missions import (
    SEALER,
    children_of,
    end_run,
    make_mission_of,
    retry,
    start,
    values,
)
from tests.factories.templates import browser_test, make_test
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration

ENDS = [
    Status.SUCCEEDED,
    Status.FAILED,
    Status.TIMED_OUT,
    Status.ABANDONED,
    Status.CANCELED,
]


async def make_mission_of_five(tenant: Tenant) -> Mission:
    parameters = [Parameter("colour", "red")]
    tests = [
        await make_test(tenant, browser_test(f"test {end}", parameters=parameters)) for end in ENDS
    ]
    return await make_mission_of(tenant, tests)


async def test_only_what_failed_ran_out_of_time_or_was_given_up_is_repeated(tenant: Tenant):
    mission = await make_mission_of_five(tenant)
    first = await start(tenant, mission)
    await end_run(tenant, first, *ENDS)
    before = {one.title: one.id for one in await children_of(tenant, first)}
    second = await retry(tenant, mission)
    assert (second.replay_of, second.subject_id) == (first.id, mission.id)
    again = await children_of(tenant, second)
    assert [(one.title, one.replay_of) for one in again] == [
        (f"test {end}", before[f"test {end}"]) for end in ENDS[1:4]
    ]


async def test_a_retry_of_a_retry_repeats_what_failed_there(tenant: Tenant):
    mission = await make_mission_of_five(tenant)
    await end_run(tenant, await start(tenant, mission), *ENDS)
    second = await retry(tenant, mission)
    await end_run(tenant, second, Status.SUCCEEDED, Status.FAILED, Status.SUCCEEDED)
    third = await retry(tenant, mission)
    assert third.replay_of == second.id
    assert [one.title for one in await children_of(tenant, third)] == ["test timed_out"]
    await end_run(tenant, third, Status.SUCCEEDED)
    with pytest.raises(Conflict, match="Nothing failed"):
        await retry(tenant, mission)


async def test_a_retry_uses_the_values_of_the_run_and_what_the_mission_keeps_by_now(
    tenant: Tenant,
):
    content = browser_test(parameters=[Parameter("colour", "red"), Parameter("shape", "round")])
    mission = await make_mission_of(tenant, [await make_test(tenant, content)])
    run = await start(
        tenant,
        mission,
        base_url="https://staging.example.test",
        parameters=values(colour="blue"),
    )
    await end_run(tenant, run, Status.FAILED)
    change = UpdateMission(mission.id, 1, parameters=values(colour="green", shape="square"))
    async with tenant.begin() as uow:
        await update_mission(uow, tenant.actor, change, sealer=SEALER)
    (child,) = await children_of(tenant, await retry(tenant, mission))
    assert child.input["parameters"] == {"colour": "blue", "shape": "square"}
    assert child.input["base_url"] == "https://staging.example.test"


async def test_a_retry_needs_a_finished_run(tenant: Tenant):
    mission = await make_mission_of_five(tenant)
    with pytest.raises(Conflict, match="not been run"):
        await retry(tenant, mission)
    await start(tenant, mission)
    with pytest.raises(Conflict, match="still open"):
        await retry(tenant, mission)


async def test_the_same_key_finds_the_same_retry_whatever_became_of_it(tenant: Tenant):
    mission = await make_mission_of_five(tenant)
    await end_run(tenant, await start(tenant, mission), *ENDS)
    first = await retry(tenant, mission, idempotency_key="monday")
    assert (await retry(tenant, mission, idempotency_key="monday")).id == first.id
    await end_run(tenant, first, *ENDS[1:4])
    await retry(tenant, mission, idempotency_key="tuesday")
    assert (await retry(tenant, mission, idempotency_key="monday")).id == first.id


async def test_a_retry_may_have_the_key_of_a_start(tenant: Tenant):
    mission = await make_mission_of_five(tenant)
    started = await start(tenant, mission, idempotency_key="monday")
    await end_run(tenant, started, *ENDS)
    retried = await retry(tenant, mission, idempotency_key="monday")
    assert retried.replay_of == started.id
    assert (await start(tenant, mission, idempotency_key="monday")).id == started.id


async def test_the_key_of_a_retry_is_for_one_mission_only(tenant: Tenant):
    mission, other = [await make_mission_of_five(tenant) for _ in range(2)]
    for one in (mission, other):
        await end_run(tenant, await start(tenant, one), *ENDS)
    await retry(tenant, mission, idempotency_key="monday")
    with pytest.raises(Invalid, match="used with other arguments") as raised:
        await retry(tenant, other, idempotency_key="monday")
    assert raised.value.field == ("idempotency_key",)


async def test_another_workspaces_mission_answers_as_a_missing_one(
    tenant: Tenant, stranger: Tenant
):
    theirs = await make_mission_of_five(stranger)
    for mission_id in (theirs.id, new_id()):
        theirs.id = mission_id
        with pytest.raises(NotFound, match="The mission was not found"):
            await retry(tenant, theirs)


async def test_retrying_needs_the_permission_to_run_missions(tenant: Tenant):
    mission = await make_mission_of_five(tenant)
    with pytest.raises(Forbidden):
        await retry(tenant.may_not("mission.run"), mission)
