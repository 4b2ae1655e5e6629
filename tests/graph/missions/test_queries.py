"""Missions are read by those who may, in a fixed number of statements, and without any secret."""

import json

import pytest

from domain.executions.replay import replay_execution
from domain.executions.states import Status
from domain.missions import repository
from domain.missions.models import Mission
from domain.shared.ids import new_id
from graph.missions.queries import NODES
from graph.support.ids import encode_id
from tests.factories.missions import (
    children_of,
    end_run,
    make_mission,
    make_mission_of,
    retry,
    start,
    values,
)
from tests.factories.templates import browser_test, login_test, make_scenario, make_test
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.missions import documents

pytestmark = pytest.mark.integration


def mission_id(mission: Mission) -> str:
    return encode_id("Mission", mission.id)


async def make_missions(tenant: Tenant, count: int) -> list[Mission]:
    """Missions of two scenarios with three tests each; all but the last have been run."""
    test = await make_test(tenant)
    scenarios = [await make_scenario(tenant, [test] * 3, name=name) for name in ("one", "two")]
    missions = [
        await make_mission(tenant, scenarios, name=f"mission {number}") for number in range(count)
    ]
    for mission in missions[:-1]:
        run = await start(tenant, mission)
        await end_run(tenant, run, *[Status.SUCCEEDED] * 5, Status.FAILED)
    return missions


async def test_a_list_four_levels_deep_takes_five_statements(
    asker: Asker, tenant: Tenant, count_statements
):
    await make_missions(tenant, 4)
    with count_statements() as log:
        found = await asker.ask(documents.NESTED)
    assert len(log) == 5, log.statements
    nodes = [edge["node"] for edge in found["missions"]["edges"]]
    assert [node["name"] for node in nodes] == [f"mission {number}" for number in range(4)]
    run = nodes[0]
    assert run["latestRun"] == {"status": "FAILED"}
    assert [scenario["name"] for scenario in run["scenarios"]] == ["one", "two"]
    outcomes = [test["outcome"] for scenario in run["scenarios"] for test in scenario["tests"]]
    assert outcomes == ["SUCCEEDED"] * 5 + ["FAILED"]
    fresh = nodes[3]
    assert fresh["latestRun"] is None
    assert fresh["scenarios"][0]["tests"][0] == {
        "name": "Open the page",
        "outcome": None,
        "latestExecution": None,
    }


async def test_the_number_of_statements_does_not_grow_with_the_list(
    asker: Asker, tenant: Tenant, count_statements
):
    counts = []
    for _ in range(2):
        await make_missions(tenant, 3)
        with count_statements() as log:
            await asker.ask(documents.NESTED)
        counts.append(len(log))
    assert counts == [5, 5]


async def test_one_mission_with_everything_takes_one_statement_per_kind_of_row(
    asker: Asker, tenant: Tenant, count_statements
):
    mission = (await make_missions(tenant, 2))[0]
    with count_statements() as log:
        found = (await asker.ask(documents.MISSION, id=mission_id(mission), first=1))["mission"]
    # the mission, its newest run, that run's counts, its runs, their number, tests, executions,
    # and the scenarios of the tests
    assert len(log) == 8, log.statements
    assert found["latestCounts"] == {"total": 6, "done": 6, "failed": 1}
    assert found["runs"]["totalCount"] == 1
    assert {test["scenario"]["name"] for test in found["tests"]} == {"one", "two"}


async def test_the_newest_execution_of_a_test_counts_whatever_run_it_was_in(
    asker: Asker, tenant: Tenant
):
    tests = [await make_test(tenant, browser_test(name)) for name in ("good", "bad")]
    mission = await make_mission_of(tenant, tests)
    await end_run(tenant, await start(tenant, mission), Status.SUCCEEDED, Status.FAILED)
    await end_run(tenant, await retry(tenant, mission), Status.SUCCEEDED)
    found = (await asker.ask(documents.MISSION, id=mission_id(mission)))["mission"]
    assert [test["outcome"] for test in found["tests"]] == ["SUCCEEDED", "SUCCEEDED"]
    assert found["latestCounts"] == {"total": 1, "done": 1, "failed": 0}


async def test_a_replay_of_one_test_is_its_newest_execution(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    run = await start(tenant, mission)
    await end_run(tenant, run, Status.ABANDONED)
    (child,) = await children_of(tenant, run)
    async with tenant.begin() as uow:
        replay = await replay_execution(uow, tenant.actor, child.id)
    found = (await asker.ask(documents.MISSION, id=mission_id(mission)))["mission"]
    assert found["tests"][0]["latestExecution"]["id"] == encode_id("Execution", replay.id)
    assert found["tests"][0]["outcome"] is None
    assert found["latestRun"]["id"] == encode_id("Execution", run.id)


async def test_runs_come_in_pages_the_newest_first(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    runs = []
    for _ in range(3):
        run = await start(tenant, mission)
        await end_run(tenant, run, Status.SUCCEEDED)
        runs.append(encode_id("Execution", run.id))
    seen, after = [], None
    while len(seen) < 3:
        found = await asker.ask(documents.MISSION, id=mission_id(mission), first=2, after=after)
        page = found["mission"]["runs"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 3
    assert seen == runs[::-1]


async def test_a_secret_is_in_no_answer_at_all(asker: Asker, tenant: Tenant):
    test = await make_test(tenant, login_test())
    given = values(username="ada", password="hunter2-secret")
    mission = await make_mission_of(tenant, [test], parameters=given)
    await end_run(tenant, await start(tenant, mission), Status.FAILED)
    found = await asker.ask(documents.EVERYTHING, id=mission_id(mission))
    answer = json.dumps(found)
    assert "ada" in answer
    assert "hunter2-secret" not in answer
    async with tenant.read() as session:
        row = (await repository.read_missions(session, tenant.workspace_id, [mission.id]))[
            mission.id
        ]
    assert str(row.parameters["password"]["sealed"]) not in answer
    assert found["mission"]["parameters"] == [
        {
            "name": "password",
            "isSecret": True,
            "isSet": True,
            "isRequired": True,
            "value": None,
        },
        {
            "name": "username",
            "isSecret": False,
            "isSet": True,
            "isRequired": True,
            "value": "ada",
        },
    ]


async def test_missions_are_searched_and_paged(asker: Asker, tenant: Tenant, stranger: Tenant):
    for name in ("Red one", "red two", "blue"):
        await make_mission(tenant, name=name)
    await make_mission(stranger, name="red three")
    order = {"field": "NAME", "direction": "ASC"}
    first = (await asker.ask(documents.MISSIONS, first=1, filter={"search": "RED"}, orderBy=order))[
        "missions"
    ]
    assert first["totalCount"] == 2
    rest = (
        await asker.ask(
            documents.MISSIONS,
            first=5,
            after=first["pageInfo"]["endCursor"],
            filter={"search": "RED"},
            orderBy=order,
        )
    )["missions"]
    names = [edge["node"]["name"] for edge in (*first["edges"], *rest["edges"])]
    assert sorted(names) == ["Red one", "red two"]


@pytest.mark.parametrize("wanted", [{"search": "a\x00"}, {"createdAfter": "2026-01-01T00:00:00"}])
async def test_filters_that_fit_nothing_are_refused(asker: Asker, wanted: dict):
    assert await asker.codes(documents.MISSIONS, filter=wanted) == ["BAD_USER_INPUT"]


async def test_missions_made_since_a_moment(asker: Asker, tenant: Tenant):
    await make_mission(tenant)
    for moment, count in (("2020-01-01T00:00:00Z", 1), ("2099-01-01T00:00:00+02:00", 0)):
        found = await asker.ask(documents.MISSIONS, filter={"createdAfter": moment})
        assert found["missions"]["totalCount"] == count


async def test_what_is_not_the_callers_is_not_there(asker: Asker, stranger: Tenant):
    theirs = await make_mission(stranger)
    for one in (mission_id(theirs), encode_id("Mission", new_id()), "forged", ""):
        assert await asker.ask(documents.MISSION, id=one) == {"mission": None}


async def test_readers_by_node_see_what_the_caller_may_see(
    asker: Asker, tenant: Tenant, stranger: Tenant
):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    async with tenant.read() as session:
        tests = await repository.read_tests_of_missions(session, tenant.workspace_id, [mission.id])
    (test,) = tests[mission.id]
    identities = {
        "Mission": mission.id,
        "MissionScenario": test.scenario_id,
        "MissionTest": test.id,
    }
    for name, identity in identities.items():
        asker.tenant = tenant
        found = await NODES[name](asker.context(), identity)
        assert found is not None
        assert found.row.id == identity
        asker.tenant = stranger
        assert await NODES[name](asker.context(), identity) is None


@pytest.mark.parametrize(
    ("document", "variables"),
    [(documents.MISSION, {"id": "x"}), (documents.MISSIONS, {}), (documents.NESTED, {})],
)
async def test_reading_needs_the_permission_to_read(
    asker: Asker, tenant: Tenant, document: str, variables: dict
):
    asker.tenant = tenant.may_not("mission.read")
    assert await asker.codes(document, **variables) == ["FORBIDDEN"]


async def test_who_may_not_see_executions_sees_the_rest(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    asker.tenant = tenant.may_not("execution.read")
    result = await asker.run(documents.MISSION, id=mission_id(mission))
    assert result.data is not None
    found = result.data["mission"]
    assert (found["name"], found["runs"], found["latestRun"]) == ("A mission", None, None)
    assert {error.original_error.code for error in result.errors or ()} == {"FORBIDDEN"}
