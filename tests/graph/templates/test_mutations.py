"""Templates are changed through the schema; what the caller can fix comes with its path."""

import pytest

from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.templates import login_test, make_scenario, make_test
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.templates import documents

pytestmark = pytest.mark.integration

BROWSER = {"name": "Open", "kind": "BROWSER", "steps": [{"kind": "goto", "url": "/"}]}


async def errors(asker: Asker, document: str, **given: object) -> list[tuple[str, list[str]]]:
    """Codes and paths of the user errors of the only mutation in a document."""
    (payload,) = (await asker.ask(document, input=given)).values()
    return [(one["code"], one["field"]) for one in payload["userErrors"]]


async def test_a_test_template_is_created_as_it_was_sent(asker: Asker):
    given = {
        "name": " Log in ",
        "kind": "BROWSER",
        "steps": [{"kind": "fill", "selector": "#p", "value": "{{password}}"}],
        "parameters": [{"name": "password", "isSecret": True}, {"name": "user", "default": "ada"}],
        "tags": ["smoke"],
        "timeoutSeconds": 45,
    }
    payload = (await asker.ask(documents.CREATE_TEST, input=given))["createTestTemplate"]
    template = payload["testTemplate"]
    assert payload["userErrors"] == []
    assert template["name"] == "Log in"
    assert template["steps"] == given["steps"]
    assert template["parameters"] == [
        {"name": "password", "default": None, "isSecret": True, "description": ""},
        {"name": "user", "default": "ada", "isSecret": False, "description": ""},
    ]
    assert (template["tags"], template["timeoutSeconds"], template["version"]) == (["smoke"], 45, 1)
    found = await asker.ask(documents.TEST, id=template["id"])
    assert found["testTemplate"] == {"id": template["id"], "name": "Log in"}


async def test_everything_wrong_is_told_with_its_path_into_the_input(asker: Asker):
    given = {
        **BROWSER,
        "name": "",
        "timeoutSeconds": 0,
        "steps": [{"kind": "goto", "url": "/", "timeout_seconds": 0}, {"kind": "clack"}],
        "parameters": [{"name": "no spaces"}],
    }
    assert await errors(asker, documents.CREATE_TEST, **given) == [
        ("BAD_USER_INPUT", ["name"]),
        ("BAD_USER_INPUT", ["steps", "0", "timeout_seconds"]),
        ("BAD_USER_INPUT", ["steps", "1", "kind"]),
        ("BAD_USER_INPUT", ["parameters", "0", "name"]),
        ("BAD_USER_INPUT", ["timeoutSeconds"]),
    ]


async def test_a_stale_update_gets_the_current_state(asker: Asker):
    created = await asker.ask(documents.CREATE_TEST, input={**BROWSER, "tags": ["a"]})
    identity = created["createTestTemplate"]["testTemplate"]["id"]
    first = {"id": identity, "expectedVersion": 1, "name": "first", "tags": None}
    assert await errors(asker, documents.UPDATE_TEST, **first) == []
    second = {"id": identity, "expectedVersion": 1, "name": "second"}
    payload = (await asker.ask(documents.UPDATE_TEST, input=second))["updateTestTemplate"]
    assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]
    assert payload["userErrors"][0]["field"] == ["expectedVersion"]
    assert payload["testTemplate"] == {
        "id": identity,
        "name": "first",
        "tags": ["a"],
        "version": 2,
    }


async def test_an_empty_list_clears_and_an_absent_one_does_not(asker: Asker):
    created = await asker.ask(documents.CREATE_TEST, input={**BROWSER, "tags": ["a"]})
    identity = created["createTestTemplate"]["testTemplate"]["id"]
    changed = await asker.ask(
        documents.UPDATE_TEST, input={"id": identity, "expectedVersion": 1, "tags": []}
    )
    template = changed["updateTestTemplate"]["testTemplate"]
    assert (template["tags"], template["name"]) == ([], "Open")


async def test_the_same_test_stands_at_several_positions(asker: Asker, tenant: Tenant):
    test = await make_test(tenant, login_test())
    test_id = encode_id("TestTemplate", test.id)
    values = [{"name": "username", "value": "ada"}]
    given = {
        "name": "Twice",
        "runMode": "PARALLEL",
        "tests": [{"testId": test_id, "parameters": values}, {"testId": test_id}],
    }
    payload = (await asker.ask(documents.CREATE_SCENARIO, input=given))["createScenarioTemplate"]
    assert payload["userErrors"] == []
    assert payload["scenarioTemplate"]["runMode"] == "PARALLEL"
    node = {"id": test_id, "name": "Log in"}
    assert payload["scenarioTemplate"]["tests"] == [
        {"position": 0, "parameters": values, "test": node},
        {"position": 1, "parameters": [], "test": node},
    ]


async def test_tests_of_a_scenario_are_replaced_as_a_whole(asker: Asker, tenant: Tenant):
    first, second = await make_test(tenant), await make_test(tenant)
    scenario = await make_scenario(tenant, [first, second])
    identity = encode_id("ScenarioTemplate", scenario.id)
    wanted = [{"testId": encode_id("TestTemplate", second.id)}]
    changed = await asker.ask(
        documents.UPDATE_SCENARIO, input={"id": identity, "expectedVersion": 1, "tests": wanted}
    )
    found = changed["updateScenarioTemplate"]["scenarioTemplate"]
    assert [one["test"]["id"] for one in found["tests"]] == [wanted[0]["testId"]]
    given = {"id": identity, "expectedVersion": 1, "name": "late"}
    payload = (await asker.ask(documents.UPDATE_SCENARIO, input=given))["updateScenarioTemplate"]
    assert payload["userErrors"][0]["code"] == "CONFLICT"
    assert payload["scenarioTemplate"]["version"] == 2


async def test_a_test_in_use_is_kept_and_an_unused_one_deleted(asker: Asker, tenant: Tenant):
    test = await make_test(tenant)
    scenario = await make_scenario(tenant, [test])
    given = {"id": encode_id("TestTemplate", test.id)}
    assert await errors(asker, documents.DELETE_TEST, **given) == [("CONFLICT", ["id"])]
    other = {"id": encode_id("ScenarioTemplate", scenario.id), "expectedVersion": 1}
    assert await errors(asker, documents.DELETE_SCENARIO, **other) == []
    assert await errors(asker, documents.DELETE_TEST, **given) == []
    assert (await asker.ask(documents.TEST, **given))["testTemplate"] is None


CHANGES = [
    (documents.UPDATE_TEST, "TestTemplate", {"expectedVersion": 1, "name": "x"}),
    (documents.DELETE_TEST, "TestTemplate", {}),
    (documents.UPDATE_SCENARIO, "ScenarioTemplate", {"expectedVersion": 1, "name": "x"}),
    (documents.DELETE_SCENARIO, "ScenarioTemplate", {}),
]


@pytest.mark.parametrize(("document", "type_name", "given"), CHANGES)
async def test_foreign_forged_and_missing_ids_get_one_answer(
    asker: Asker, tenant: Tenant, stranger: Tenant, document: str, type_name: str, given: dict
):
    foreign, own = await make_test(stranger), await make_test(tenant)
    if type_name == "ScenarioTemplate":
        foreign, own = await make_scenario(stranger, []), await make_scenario(tenant, [])
    ids = [
        encode_id(type_name, foreign.id),
        encode_id(type_name, new_id()),
        encode_id("Mission", own.id),
        "forged",
        "",
    ]
    answers = [await asker.ask(document, input={"id": one, **given}) for one in ids]
    (payload,) = answers[0].values()
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert all(answer == answers[0] for answer in answers)


async def test_foreign_and_forged_tests_get_one_answer_in_a_scenario(
    asker: Asker, stranger: Tenant
):
    theirs = await make_test(stranger)
    ids = [encode_id("TestTemplate", theirs.id), encode_id("TestTemplate", new_id()), "forged"]
    given = {"name": "x", "tests": [{"testId": one} for one in ids]}
    payload = (await asker.ask(documents.CREATE_SCENARIO, input=given))["createScenarioTemplate"]
    assert {error["message"] for error in payload["userErrors"]} == {
        "The test template was not found."
    }
    assert [error["field"] for error in payload["userErrors"]] == [
        ["tests", str(place), "testId"] for place in range(3)
    ]


@pytest.mark.parametrize(
    ("document", "given"),
    [
        (documents.CREATE_TEST, BROWSER),
        (documents.CREATE_SCENARIO, {"name": "x"}),
        *((document, {"id": "forged", **given}) for document, _, given in CHANGES),
    ],
)
async def test_every_mutation_needs_the_permission_to_edit(
    asker: Asker, tenant: Tenant, document: str, given: dict
):
    asker.tenant = tenant.may_not("template.edit")
    assert await asker.codes(document, input=given) == ["FORBIDDEN"]
