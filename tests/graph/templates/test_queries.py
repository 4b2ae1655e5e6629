"""Templates are read by those who may, in pages, and with one statement per level."""

import pytest

from domain.shared.ids import new_id
from graph.support.ids import encode_id
from graph.templates.queries import NODES
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
from tests.graph.templates import documents

pytestmark = pytest.mark.integration


async def test_pages_follow_each_other_without_a_gap(asker: Asker, tenant: Tenant):
    for name in "cabed":
        await make_test(tenant, browser_test(name))
    order = {"field": "NAME", "direction": "ASC"}
    seen, after = [], None
    while len(seen) < 5:
        page = (await asker.ask(documents.TESTS, first=2, after=after, orderBy=order))[
            "testTemplates"
        ]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 5
        assert page["pageInfo"]["hasNextPage"] is (len(seen) < 5)
    assert seen == list("abcde")


async def test_a_list_is_filtered(asker: Asker, tenant: Tenant):
    await make_test(tenant, browser_test("Log in", tags=["smoke"]))
    await make_test(tenant, manual_test("Log out", tags=["smoke"]))
    wanted = {"search": "log", "kind": "MANUAL", "tag": "smoke"}
    page = (await asker.ask(documents.TESTS, filter=wanted))["testTemplates"]
    assert [edge["node"]["name"] for edge in page["edges"]] == ["Log out"]


@pytest.mark.parametrize(
    "variables",
    [
        {"first": 0},
        {"first": 101},
        {"first": -1},
        {"after": "forged"},
        {"filter": {"search": "a\x00b"}},
        {"filter": {"tag": "a\x00b"}},
    ],
)
async def test_what_no_list_has_is_refused(asker: Asker, variables: dict):
    assert await asker.codes(documents.TESTS, **variables) == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_order_is_refused(asker: Asker, tenant: Tenant):
    await make_test(tenant)
    page = (await asker.ask(documents.TESTS, orderBy={"field": "NAME"}))["testTemplates"]
    after = page["pageInfo"]["endCursor"]
    assert await asker.codes(documents.TESTS, after=after) == ["BAD_USER_INPUT"]


async def test_a_nested_list_takes_one_statement_per_level(
    asker: Asker, tenant: Tenant, count_statements
):
    tests = [await make_test(tenant, login_test(f"test {n}")) for n in range(3)]
    for name in ("one", "two", "three"):
        await make_scenario(tenant, [position(tests[0], username=name), *tests], name=name)
    with count_statements() as log:
        found = await asker.ask(documents.SCENARIOS)
    assert len(log) == 3
    nodes = [edge["node"] for edge in found["scenarioTemplates"]["edges"]]
    assert [node["name"] for node in nodes] == ["one", "three", "two"]
    assert [one["test"]["name"] for one in nodes[0]["tests"]] == [
        "test 0",
        "test 0",
        "test 1",
        "test 2",
    ]
    assert nodes[1]["tests"][0]["parameters"] == [{"name": "username", "value": "three"}]


async def test_scenarios_are_found_by_the_test_they_contain(
    asker: Asker, tenant: Tenant, stranger: Tenant
):
    test, theirs = await make_test(tenant), await make_test(stranger)
    await make_scenario(tenant, [test], name="with")
    await make_scenario(tenant, [], name="without")
    for identity, names in ((test.id, ["with"]), (theirs.id, [])):
        wanted = {"testId": encode_id("TestTemplate", identity)}
        found = await asker.ask(documents.SCENARIOS, filter=wanted)
        edges = found["scenarioTemplates"]["edges"]
        assert [edge["node"]["name"] for edge in edges] == names


@pytest.mark.parametrize("document", [documents.TEST, documents.SCENARIO])
async def test_what_is_not_the_callers_is_not_there(asker: Asker, stranger: Tenant, document: str):
    test, scenario = await make_test(stranger), await make_scenario(stranger, [])
    ids = [
        encode_id("TestTemplate", test.id),
        encode_id("ScenarioTemplate", scenario.id),
        encode_id("TestTemplate", new_id()),
        "forged",
    ]
    answers = [await asker.ask(document, id=one) for one in ids]
    assert all(list(answer.values()) == [None] for answer in answers)


async def test_readers_by_node_see_what_the_caller_may_see(
    asker: Asker, tenant: Tenant, stranger: Tenant
):
    test, scenario = await make_test(tenant), await make_scenario(tenant, [])
    found = await NODES["TestTemplate"](asker.context(), test.id)
    assert found is not None
    assert found.row.id == test.id
    assert await NODES["ScenarioTemplate"](asker.context(), scenario.id) is not None
    asker.tenant = stranger
    assert await NODES["TestTemplate"](asker.context(), test.id) is None
    assert await NODES["ScenarioTemplate"](asker.context(), scenario.id) is None


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (documents.TEST, {"id": "x"}),
        (documents.SCENARIO, {"id": "x"}),
        (documents.TESTS, {}),
        (documents.SCENARIOS, {}),
    ],
)
async def test_reading_needs_the_permission_to_read(
    asker: Asker, tenant: Tenant, document: str, variables: dict
):
    asker.tenant = tenant.may_not("template.read")
    assert await asker.codes(document, **variables) == ["FORBIDDEN"]
