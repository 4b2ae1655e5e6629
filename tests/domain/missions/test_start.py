"""Starting a mission requests one run and one execution per test, or says why not."""

import asyncio

import pytest
from sqlalchemy import select, text

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.missions import repository
from domain.missions.delete import DeleteMission, delete_mission
from domain.missions.models import Mission
from domain.missions.start import StartMission, start_mission
from domain.missions.update import UpdateMission, update_mission
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import new_id
from domain.templates.models import RunMode
from domain.templates.rules import Parameter
from tests.factories.missions import (
    BASE_URL,
    SEALER,
    children_of,
    end_run,
    make_mission,
    make_mission_of,
    start,
    values,
)
from tests.factories.templates import (
    browser_test,
    login_test,
    make_scenario,
    make_test,
    manual_test,
    position,
)
from tests.factories.workspaces import Tenant

pytestmark = pytest.mark.integration


async def make_plain_mission(tenant: Tenant) -> Mission:
    return await make_mission_of(tenant, [await make_test(tenant)])


async def test_every_test_becomes_a_child_that_names_it(tenant: Tenant):
    browser = await make_test(tenant, browser_test("click", timeout_seconds=45))
    manual = await make_test(tenant, manual_test("look"))
    mission = await make_mission_of(tenant, [browser, manual, browser])
    run = await start(tenant, mission)
    assert (run.kind, run.subject_id, run.queue, run.title) == (
        "mission",
        mission.id,
        None,
        "A mission",
    )
    async with tenant.read() as session:
        found = await repository.read_tests_of_missions(session, tenant.workspace_id, [mission.id])
    children = await children_of(tenant, run)
    assert [(one.kind, one.queue, one.title, one.timeout_seconds) for one in children] == [
        ("browser", "browser", "click", 45),
        ("manual", None, "look", 120),
        ("browser", "browser", "click", 45),
    ]
    assert [one.subject_id for one in children] == [test.id for test in found[mission.id]]
    assert [one.input["mission_test_id"] for one in children] == [
        str(test.id) for test in found[mission.id]
    ]


async def test_a_browser_that_gives_up_is_given_another_try_and_a_person_is_not(tenant: Tenant):
    tests = [await make_test(tenant, browser_test()), await make_test(tenant, manual_test())]
    run = await start(tenant, await make_mission_of(tenant, tests))
    attempts = {child.kind: child.max_attempts for child in await children_of(tenant, run)}
    assert attempts == {"browser": 3, "manual": 1}


async def test_a_sequential_scenario_is_a_lane_and_a_parallel_one_is_none(tenant: Tenant):
    test = await make_test(tenant)
    one_by_one = await make_scenario(tenant, [test, test])
    at_once = await make_scenario(tenant, [test, test], run_mode=RunMode.PARALLEL)
    mission = await make_mission(tenant, [one_by_one, at_once])
    children = await children_of(tenant, await start(tenant, mission))
    lanes = [(one.lane, one.position) for one in children if one.lane is not None]
    assert [place for _, place in lanes] == [0, 1]
    assert len({lane for lane, _ in lanes}) == 1
    assert [one.position for one in children if one.lane is None] == [2, 3]
    statuses = sorted(one.status for one in children)
    assert statuses == [Status.REQUESTED, *[Status.SCHEDULED] * 3]


async def test_plain_values_are_settled_and_secret_ones_stay_where_they_are(tenant: Tenant):
    colour = Parameter("colour", "red")
    painted = await make_test(tenant, browser_test(parameters=[colour, Parameter("shape")]))
    secret = await make_test(tenant, login_test())
    mission = await make_mission_of(
        tenant,
        [painted, position(painted, colour="blue"), secret],
        parameters=values(shape="round", username="ada", password="hunter2-secret"),
    )
    run = await start(
        tenant, mission, base_url="https://staging.example.test", parameters=values(username="bob")
    )
    children = await children_of(tenant, run)
    assert [one.input["parameters"] for one in children] == [
        {"colour": "red", "shape": "round"},
        {"colour": "blue", "shape": "round"},
        {"username": "bob"},
    ]
    assert {one.input["base_url"] for one in children} == {"https://staging.example.test"}
    async with tenant.read() as session:
        rows = (await session.execute(select(Execution.input, Execution.output))).all()
    assert "hunter2-secret" not in str(rows)


async def test_the_missions_address_is_used_unless_the_run_has_its_own(tenant: Tenant):
    mission = await make_plain_mission(tenant)
    (child,) = await children_of(tenant, await start(tenant, mission))
    assert child.input["base_url"] == BASE_URL


async def test_values_that_are_missing_are_named_with_who_needs_them(tenant: Tenant):
    test = await make_test(tenant, login_test())
    mission = await make_mission_of(tenant, [test])
    with pytest.raises(Invalid) as raised:
        await start(tenant, mission)
    messages = [raised.value.message, *(message for _, message in raised.value.details)]
    assert raised.value.field == ("parameters",)
    assert messages == [
        'The parameter password has no value; needed by "Log in".',
        'The parameter username has no value; needed by "Log in".',
    ]


async def test_relative_addresses_need_a_base_address(tenant: Tenant):
    scenario = await make_scenario(tenant, [await make_test(tenant, browser_test("open"))])
    mission = await make_mission(tenant, [scenario], base_url=None)
    with pytest.raises(Invalid, match='base address; they stand in "open"') as raised:
        await start(tenant, mission)
    assert raised.value.field == ("base_url",)
    assert (await start(tenant, mission, base_url=BASE_URL)).status == Status.RUNNING


async def test_a_secret_value_is_not_taken_for_one_run(tenant: Tenant):
    test = await make_test(tenant, login_test())
    mission = await make_mission_of(tenant, [test], parameters=values(username="ada"))
    with pytest.raises(Invalid) as raised:
        await start(tenant, mission, parameters=values(password="hunter2"))
    assert raised.value.field == ("parameters", "0", "name")


async def test_a_mission_without_tests_does_not_start(tenant: Tenant):
    mission = await make_mission(tenant)
    with pytest.raises(Conflict, match="has no tests"):
        await start(tenant, mission)


async def test_one_run_at_a_time(tenant: Tenant):
    mission = await make_plain_mission(tenant)
    run = await start(tenant, mission)
    with pytest.raises(Conflict, match="still open"):
        await start(tenant, mission)
    with pytest.raises(Conflict, match="cancel it first"):
        async with tenant.begin() as uow:
            await delete_mission(uow, tenant.actor, DeleteMission(mission.id))
    await end_run(tenant, run, Status.SUCCEEDED)
    again = await start(tenant, mission)
    assert again.id != run.id


async def test_the_same_key_finds_the_same_run_whatever_became_of_it(tenant: Tenant):
    mission = await make_plain_mission(tenant)
    run = await start(tenant, mission, idempotency_key="monday")
    assert (await start(tenant, mission, idempotency_key="monday")).id == run.id
    await end_run(tenant, run, Status.FAILED)
    other = await start(tenant, mission)
    change = UpdateMission(mission.id, 1, base_url=None)
    async with tenant.begin() as uow:
        await update_mission(uow, tenant.actor, change, sealer=SEALER)
    assert (await start(tenant, mission, idempotency_key="monday")).id == run.id
    assert other.id != run.id
    await end_run(tenant, other, Status.FAILED)
    async with tenant.begin() as uow:
        await delete_mission(uow, tenant.actor, DeleteMission(mission.id))
    assert (await start(tenant, mission, idempotency_key="monday")).id == run.id


CHANGES = {
    "another address": {"base_url": "https://b.example.test"},
    "an address that is none": {"base_url": "ftp://b\ud800"},
    "another value": {"parameters": values(colour="red", shape="round")},
    "a value that is none": {"parameters": values(colour="blue", shape=None)},
    "a value less": {"parameters": values(colour="blue")},
    "a value twice": {
        "parameters": [*values(colour="blue"), *values(colour="blue", shape="round")]
    },
}


async def make_painted_mission(tenant: Tenant) -> Mission:
    content = browser_test(parameters=[Parameter("colour"), Parameter("shape")])
    return await make_mission_of(tenant, [await make_test(tenant, content)])


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
async def test_a_key_is_for_one_request_only(tenant: Tenant, changes: dict):
    mission, given = await make_painted_mission(tenant), values(colour="blue", shape="round")
    await start(tenant, mission, parameters=given, idempotency_key="monday")
    with pytest.raises(Invalid, match="used with other arguments") as raised:
        await start(tenant, mission, idempotency_key="monday", **{"parameters": given, **changes})
    assert raised.value.field == ("idempotency_key",)


async def test_a_key_is_for_one_mission_only(tenant: Tenant):
    mission, other = await make_plain_mission(tenant), await make_plain_mission(tenant)
    await start(tenant, mission, idempotency_key="monday")
    with pytest.raises(Invalid, match="used with other arguments"):
        await start(tenant, other, idempotency_key="monday")


async def test_the_order_of_the_values_makes_no_other_request(tenant: Tenant):
    mission, given = await make_painted_mission(tenant), values(colour="blue", shape="round")
    run = await start(tenant, mission, parameters=given, idempotency_key="monday")
    again = await start(tenant, mission, parameters=given[::-1], idempotency_key="monday")
    assert again.id == run.id


async def test_a_start_that_was_refused_keeps_no_key(tenant: Tenant):
    mission, other = await make_plain_mission(tenant), await make_plain_mission(tenant)
    await start(tenant, mission)
    with pytest.raises(Conflict, match="still open"):
        await start(tenant, mission, idempotency_key="monday")
    assert (await start(tenant, other, idempotency_key="monday")).subject_id == other.id


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\x00b"])
async def test_a_bad_key_is_refused(tenant: Tenant, key: str):
    with pytest.raises(Invalid) as raised:
        await start(tenant, await make_plain_mission(tenant), idempotency_key=key)
    assert raised.value.field == ("idempotency_key",)


async def test_another_workspaces_mission_answers_as_a_missing_one(
    tenant: Tenant, stranger: Tenant
):
    theirs = await make_plain_mission(stranger)
    for mission_id in (theirs.id, new_id()):
        theirs.id = mission_id
        with pytest.raises(NotFound, match="The mission was not found"):
            await start(tenant, theirs)


async def test_starting_needs_the_permission_to_run_missions(tenant: Tenant):
    mission = await make_plain_mission(tenant)
    with pytest.raises(Forbidden):
        await start(tenant.may_not("mission.run"), mission)


@pytest.mark.no_rollback
async def test_who_starts_while_another_is_starting_waits_and_is_refused(tenant: Tenant):
    mission = await make_plain_mission(tenant)
    async with tenant.begin() as uow:
        await start_mission(uow, tenant.actor, StartMission(mission.id))
        second = asyncio.create_task(start(tenant, mission))
        await wait_for_lock(tenant, second)
        assert not second.done()
    with pytest.raises(Conflict, match="still open"):
        await second


async def wait_for_lock(tenant: Tenant, task: asyncio.Task) -> None:
    """Until a connection waits for a lock of another one, or the task has ended without."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with tenant.databases.owner.connect() as connection:
        while not task.done() and not await connection.scalar(waiting):
            await asyncio.sleep(0.02)


@pytest.mark.no_rollback
async def test_one_request_sent_several_times_at_once_makes_one_run(tenant: Tenant):
    mission = await make_plain_mission(tenant)
    runs = await asyncio.gather(
        *(start(tenant, mission, idempotency_key="monday") for _ in range(4))
    )
    assert len({run.id for run in runs}) == 1


@pytest.mark.no_rollback
async def test_one_key_for_two_missions_at_once_starts_one_of_them(tenant: Tenant):
    mission, other = await make_plain_mission(tenant), await make_plain_mission(tenant)
    async with tenant.begin() as uow:
        await start_mission(uow, tenant.actor, StartMission(mission.id, idempotency_key="monday"))
        second = asyncio.create_task(start(tenant, other, idempotency_key="monday"))
        await wait_for_lock(tenant, second)
        assert not second.done()
    with pytest.raises(Invalid, match="used with other arguments"):
        await second
