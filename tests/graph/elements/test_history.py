"""What became of an element, and every decision about it, as clients read them."""

from datetime import UTC, datetime, timedelta

import pytest

from graph.support.ids import encode_id
from tests.factories.elements import add_decision, add_version
from tests.factories.evidence import png_bytes
from tests.factories.executions import add_execution
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.elements.conftest import make_element

pytestmark = pytest.mark.integration

HISTORY = """query ($id: ID!) { element(id: $id) { versions { totalCount edges { node {
  version parent reason status changes note selectors { value } picture madeBy { id }
  execution { id } } } } } }"""
NUMBERS = "query ($id: ID!) { element(id: $id) { versions { edges { node { version } } } } }"
OF_ELEMENT = """query ($id: ID!) { element(id: $id) { decisions { totalCount edges { node {
  decision version newVersion usage { requests inputTokens costUsd model }
  pictures { before after } execution { id } element { id } } } } } }"""
ALL = """query ($filter: ElementDecisionFilter) { elementDecisions(filter: $filter) {
  totalCount edges { node { stepIndex } } } }"""
STATES = """query ($filter: ElementFilter) { elements(filter: $filter, orderBy: {field: HITS}) {
  edges { node { description confidence stale } } } }"""
LONG_AGO = datetime.now(UTC) - timedelta(days=31)


async def test_the_history_of_an_element_says_who_did_what(tenant: Tenant, asker: Asker):
    row = await make_element(tenant, version=2)
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant)
        png = png_bytes()
        changes = {"name": ["Save", "Store"]}
        await add_version(uow.session, row, 1, execution_id=run.id, picture=png, changes=changes)
        who = tenant.actor.user_id
        await add_version(
            uow.session, row, 2, reason="deprecated", status="deprecated", made_by=who, note="old"
        )

    data = await asker.ask(HISTORY, id=encode_id("Element", row.id))

    versions = data["element"]["versions"]
    second, first = (edge["node"] for edge in versions["edges"])
    assert versions["totalCount"] == 2
    assert (second["version"], second["parent"], second["reason"]) == (2, 1, "DEPRECATED")
    assert (second["status"], second["note"]) == ("DEPRECATED", "old")
    assert (second["madeBy"], second["execution"]) == ({"id": encode_id("Member", who)}, None)
    assert (first["madeBy"], first["execution"]) == (None, {"id": encode_id("Execution", run.id)})
    assert first["changes"] == changes
    assert first["selectors"] == [{"value": "input[name=_save]"}]
    assert first["picture"].startswith("data:image/png;base64,iVBOR")


async def test_pictures_are_read_where_somebody_asks_for_them(
    tenant: Tenant, asker: Asker, count_statements
):
    row = await make_element(tenant)
    async with tenant.begin() as uow:
        await add_version(uow.session, row, picture=png_bytes())
    with count_statements() as log:
        await asker.ask(NUMBERS, id=encode_id("Element", row.id))
    shown = [statement.partition("FROM")[0] for statement in log.statements]
    assert not [columns for columns in shown if "picture" in columns]


async def test_a_decision_shows_what_it_cost_and_how_both_versions_looked(
    tenant: Tenant, asker: Asker
):
    row = await make_element(tenant, version=2)
    usage = {"requests": 1, "input_tokens": 900, "output_tokens": 20, "cost_usd": 0.5, "model": "m"}
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant)
        await add_version(uow.session, row, 1, picture=b"before")
        await add_version(uow.session, row, 2, picture=b"after")
        about = {"element_id": row.id, "version": 1, "new_version": 2, "usage": usage}
        await add_decision(uow.session, run, "healed", **about)

    data = await asker.ask(OF_ELEMENT, id=encode_id("Element", row.id))

    [edge] = data["element"]["decisions"]["edges"]
    assert edge["node"] == {
        "decision": "HEALED",
        "version": 1,
        "newVersion": 2,
        "usage": {"requests": 1, "inputTokens": 900, "costUsd": 0.5, "model": "m"},
        "pictures": {
            "before": "data:image/png;base64,YmVmb3Jl",
            "after": "data:image/png;base64,YWZ0ZXI=",
        },
        "execution": {"id": encode_id("Execution", run.id)},
        "element": {"id": encode_id("Element", row.id)},
    }


async def test_decisions_of_the_workspace_are_filtered(tenant: Tenant, asker: Asker):
    one, other = await make_element(tenant), await make_element(tenant)
    async with tenant.begin() as uow:
        run, second = [await add_execution(uow.session, tenant) for _ in range(2)]
        new = {"scope_id": one.scope_id}
        await add_decision(uow.session, run, "hit", step_index=0, element_id=one.id, **new)
        await add_decision(uow.session, run, "healed", step_index=1, element_id=other.id)
        await add_decision(
            uow.session, second, "suggested", step_index=2, created_at=LONG_AGO, **new
        )

    async def steps(**filtered: object) -> list[int]:
        data = await asker.ask(ALL, filter=filtered)
        found = [edge["node"]["stepIndex"] for edge in data["elementDecisions"]["edges"]]
        assert data["elementDecisions"]["totalCount"] == len(found)
        return found

    assert await steps() == [1, 0, 2]
    assert await steps(executionId=encode_id("Execution", run.id)) == [1, 0]
    assert await steps(elementId=encode_id("Element", one.id)) == [0]
    assert await steps(scopeId=encode_id("TestTemplate", one.scope_id)) == [0, 2]
    assert await steps(decisions=["HIT", "SUGGESTED"]) == [0, 2]
    since = (LONG_AGO + timedelta(days=1)).isoformat()
    assert await steps(since=since) == [1, 0]
    assert await steps(until=since) == [2]


async def test_elements_tell_how_reliable_and_how_stale_they_are(tenant: Tenant, asker: Asker):
    await make_element(tenant, description="a", hits=3, misses=1)
    await make_element(tenant, description="b", last_seen_at=LONG_AGO)

    async def find(**filtered: object) -> list[tuple[object, ...]]:
        data = await asker.ask(STATES, filter=filtered)
        return [tuple(edge["node"].values()) for edge in data["elements"]["edges"]]

    fresh, stale = ("a", 0.75, False), ("b", None, True)
    assert await find() == [fresh, stale]
    assert await find(stale=True) == [stale]
    assert await find(stale=False) == [fresh]


async def test_elements_with_a_suggestion_are_found_until_it_is_overtaken(
    tenant: Tenant, asker: Asker
):
    waiting = await make_element(tenant, description="waiting")
    overtaken = await make_element(tenant, description="overtaken", version=3)
    async with tenant.begin() as uow:
        for row in (waiting, overtaken):
            await add_version(uow.session, row, 2, reason="suggested", status="suggested")
    data = await asker.ask(STATES, filter={"hasSuggestion": True})
    assert [edge["node"]["description"] for edge in data["elements"]["edges"]] == ["waiting"]


async def test_who_may_not_see_runs_or_people_sees_elements_without_them(
    tenant: Tenant, asker: Asker
):
    row = await make_element(tenant)
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant)
        who = tenant.actor.user_id
        await add_version(uow.session, row, made_by=who, execution_id=run.id)
    asker.tenant = tenant.may_not("execution.read").may_not("member.read")
    result = await asker.run(HISTORY, id=encode_id("Element", row.id))
    [edge] = result.data["element"]["versions"]["edges"]
    assert (edge["node"]["madeBy"], edge["node"]["execution"]) == (None, None)
    assert len(result.errors) == 2
