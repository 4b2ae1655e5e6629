"""Missions are made, changed, started, canceled and repeated through the schema."""

import json
from uuid import UUID

import pytest

from domain.executions.states import Status
from domain.missions.models import Mission
from domain.shared.ids import new_id
from graph.support.ids import encode_id, parse_id
from tests.factories.missions import end_run, make_mission, make_mission_of, start
from tests.factories.templates import (
    browser_test,
    login_test,
    make_scenario,
    make_test,
    manual_test,
    position,
)
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.missions import documents

pytestmark = pytest.mark.integration

SECRET = "hunter2-secret"


def mission_id(mission: Mission) -> str:
    return encode_id("Mission", mission.id)


async def send(asker: Asker, document: str, **given: object) -> dict:
    """The payload of the only mutation in a document."""
    (payload,) = (await asker.ask(document, input=given)).values()
    assert isinstance(payload, dict)
    assert SECRET not in json.dumps(payload)
    return payload


def codes(payload: dict) -> list[tuple[str, list[str]]]:
    return [(one["code"], one["field"]) for one in payload["userErrors"]]


async def test_a_mission_is_made_from_scenarios(asker: Asker, tenant: Tenant):
    login = await make_test(tenant, login_test(tags=["smoke"]))
    look = await make_test(tenant, manual_test())
    scenario = await make_scenario(tenant, [position(login, username="ada"), look, login])
    template_id = encode_id("ScenarioTemplate", scenario.id)
    payload = await send(
        asker,
        documents.CREATE,
        name=" Smoke ",
        scenarioTemplateIds=[template_id],
        baseUrl="https://app.example.test",
        parameters=[
            {"name": "username", "value": "bob"},
            {"name": "password", "value": SECRET},
        ],
    )
    assert payload["userErrors"] == []
    mission = payload["mission"]
    assert (mission["name"], mission["version"]) == ("Smoke", 1)
    assert [(one["name"], one["value"], one["isSet"]) for one in mission["parameters"]] == [
        ("password", None, True),
        ("username", "bob", True),
    ]
    (copy,) = mission["scenarios"]
    assert copy["template"] == {"id": template_id}
    assert [(one["kind"], one["position"]) for one in copy["tests"]] == [
        ("BROWSER", 0),
        ("MANUAL", 1),
        ("BROWSER", 2),
    ]
    defaults = [one["parameters"] for one in copy["tests"]]
    assert defaults[0][1] == {"name": "username", "default": "ada", "isSecret": False}
    assert defaults[2][1] == {"name": "username", "default": None, "isSecret": False}


async def test_everything_wrong_is_told_with_its_path_into_the_input(asker: Asker, tenant: Tenant):
    scenario = await make_scenario(tenant, [await make_test(tenant, login_test())])
    ids = [encode_id("ScenarioTemplate", scenario.id), "forged"]
    payload = await send(
        asker,
        documents.CREATE,
        name="",
        scenarioTemplateIds=ids,
        baseUrl="javascript:alert(1)",
        parameters=[{"name": "nobody", "value": SECRET}],
    )
    assert codes(payload) == [
        ("BAD_USER_INPUT", ["name"]),
        ("BAD_USER_INPUT", ["baseUrl"]),
        ("BAD_USER_INPUT", ["scenarioTemplateIds", "1"]),
        ("BAD_USER_INPUT", ["parameters", "0", "name"]),
    ]


async def test_a_stale_update_gets_the_current_state(asker: Asker, tenant: Tenant):
    mission = await make_mission(tenant)
    given = {"id": mission_id(mission), "expectedVersion": 1}
    assert codes(await send(asker, documents.UPDATE, **given, baseUrl=None)) == []
    payload = await send(asker, documents.UPDATE, **given, name="late")
    assert codes(payload) == [("CONFLICT", ["expectedVersion"])]
    assert payload["mission"] == {
        "id": mission_id(mission),
        "name": "A mission",
        "baseUrl": None,
        "version": 2,
        "parameters": [],
    }


async def test_a_secret_is_replaced_without_being_seen(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant, login_test())])
    given = {"id": mission_id(mission), "expectedVersion": 1}
    values = [{"name": "password", "value": SECRET}]
    payload = await send(asker, documents.UPDATE, **given, parameters=values)
    assert payload["mission"]["parameters"][0] == {
        "name": "password",
        "isSecret": True,
        "isSet": True,
        "isRequired": True,
        "value": None,
    }


async def test_a_mission_is_started_and_canceled(asker: Asker, tenant: Tenant):
    tests = [await make_test(tenant, browser_test(name)) for name in ("one", "two")]
    mission = await make_mission_of(tenant, tests)
    started = await send(asker, documents.START, id=mission_id(mission))
    run = started["run"]
    assert started["userErrors"] == []
    assert (run["kind"], run["status"], run["subjectId"]) == (
        "mission",
        "RUNNING",
        mission_id(mission),
    )
    children = [edge["node"] for edge in run["children"]["edges"]]
    assert [(one["title"], one["status"]) for one in children] == [
        ("one", "SCHEDULED"),
        ("two", "REQUESTED"),
    ]
    again = await send(asker, documents.START, id=mission_id(mission))
    assert codes(again) == [("CONFLICT", ["id"])]
    assert again["run"]["id"] == run["id"]
    canceled = await send(asker, documents.CANCEL, id=run["id"])
    assert (canceled["userErrors"], canceled["run"]["status"]) == ([], "CANCELED")


async def test_a_request_that_comes_twice_starts_one_run(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    given = {"id": mission_id(mission), "idempotencyKey": "monday"}
    first = await send(asker, documents.START, **given)
    assert (await send(asker, documents.START, **given))["run"] == first["run"]
    other = await send(asker, documents.START, **given, baseUrl="https://b.example.test")
    assert codes(other) == [("BAD_USER_INPUT", ["idempotencyKey"])]


async def test_the_key_of_a_start_serves_for_a_retry_too(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    first = await start(tenant, mission, idempotency_key="monday")
    await end_run(tenant, first, Status.FAILED)
    given = {"id": mission_id(mission), "idempotencyKey": "monday"}
    retried = await send(asker, documents.RETRY, **given)
    assert retried["userErrors"] == []
    assert retried["run"]["replayOf"] == {"id": encode_id("Execution", first.id)}


async def test_what_a_run_lacks_is_told(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant, login_test())])
    payload = await send(asker, documents.START, id=mission_id(mission))
    assert codes(payload) == [("BAD_USER_INPUT", ["parameters"])] * 2
    values = [{"name": "password", "value": SECRET}]
    payload = await send(asker, documents.START, id=mission_id(mission), parameters=values)
    assert ("BAD_USER_INPUT", ["parameters", "0", "name"]) in codes(payload)
    empty = await make_mission(tenant)
    assert codes(await send(asker, documents.START, id=mission_id(empty))) == [("CONFLICT", ["id"])]


async def test_what_failed_is_run_again(asker: Asker, tenant: Tenant):
    tests = [await make_test(tenant, browser_test(name)) for name in ("good", "bad")]
    mission = await make_mission_of(tenant, tests)
    first = await start(tenant, mission)
    await end_run(tenant, first, Status.SUCCEEDED, Status.TIMED_OUT)
    payload = await send(asker, documents.RETRY, id=mission_id(mission), idempotencyKey="again")
    run = payload["run"]
    assert run["replayOf"] == {"id": encode_id("Execution", first.id)}
    (child,) = [edge["node"] for edge in run["children"]["edges"]]
    assert child["title"] == "bad"
    assert child["replayOf"] is not None
    parsed = parse_id(child["subjectId"])
    assert parsed is not None
    assert parsed[0] == "MissionTest"


async def test_a_mission_is_deleted_unless_a_run_is_open(asker: Asker, tenant: Tenant):
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    run = await start(tenant, mission)
    given = {"id": mission_id(mission)}
    assert codes(await send(asker, documents.DELETE, **given)) == [("CONFLICT", ["id"])]
    await end_run(tenant, run, Status.SUCCEEDED)
    assert codes(await send(asker, documents.DELETE, **given, expectedVersion=1)) == []
    assert await asker.ask(documents.MISSION, **given) == {"mission": None}


CHANGES = [
    (documents.UPDATE, "Mission", {"expectedVersion": 1, "name": "x"}),
    (documents.DELETE, "Mission", {}),
    (documents.START, "Mission", {}),
    (documents.RETRY, "Mission", {}),
    (documents.CANCEL, "Execution", {}),
]


async def make_one(tenant: Tenant, type_name: str) -> UUID:
    """A mission, or a run of one."""
    mission = await make_mission_of(tenant, [await make_test(tenant)])
    return mission.id if type_name == "Mission" else (await start(tenant, mission)).id


@pytest.mark.parametrize(("document", "type_name", "given"), CHANGES)
async def test_foreign_forged_and_missing_ids_get_one_answer(
    asker: Asker, tenant: Tenant, stranger: Tenant, document: str, type_name: str, given: dict
):
    foreign, own = [await make_one(whose, type_name) for whose in (stranger, tenant)]
    ids = [
        encode_id(type_name, foreign),
        encode_id(type_name, new_id()),
        encode_id("TestTemplate", own),
        "forged",
    ]
    answers = [await asker.ask(document, input={"id": one, **given}) for one in ids]
    (payload,) = answers[0].values()
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("document", "permission", "given"),
    [
        (documents.CREATE, "mission.edit", {"name": "x", "scenarioTemplateIds": []}),
        (documents.UPDATE, "mission.edit", {"id": "x", "expectedVersion": 1}),
        (documents.DELETE, "mission.edit", {"id": "x"}),
        (documents.START, "mission.run", {"id": "x"}),
        (documents.RETRY, "mission.run", {"id": "x"}),
        (documents.CANCEL, "execution.cancel", {"id": "x"}),
    ],
)
async def test_every_mutation_needs_its_permission(
    asker: Asker, tenant: Tenant, document: str, permission: str, given: dict
):
    asker.tenant = tenant.may_not(permission)
    assert await asker.codes(document, input=given) == ["FORBIDDEN"]
