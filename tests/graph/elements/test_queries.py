"""Remembered elements are listed, filtered and read by id."""

import pytest

from domain.shared.ids import new_id
from graph.elements.queries import read_element
from graph.support.ids import encode_id
from tests.factories.elements import add_decision
from tests.factories.executions import add_execution, after
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.elements.conftest import make_element

pytestmark = pytest.mark.integration

LIST = """query ($first: Int, $after: String, $filter: ElementFilter, $orderBy: ElementOrder) {
  elements(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { endCursor } edges { node {
      id description status version hits misses selectors { kind value hosts } } } } }"""
ONE = "query ($id: ID!) { element(id: $id) { id status } }"
STATES = """query ($element: ID!, $run: ID!, $status: ElementStatus!) {
  element(id: $element) { status }
  node(id: $element) { ... on Element { status } }
  elements(filter: {status: $status}) { edges { node { status } } }
  execution(id: $run) { decisions { element { status } } } }"""


def names(data) -> list[str]:
    return [edge["node"]["description"] for edge in data["elements"]["edges"]]


async def test_an_element_shows_how_it_is_found(tenant: Tenant, asker: Asker):
    selectors = [{"kind": "css", "value": "#save", "hosts": ["my-form"]}, "odd", {"kind": "css"}]
    row = await make_element(tenant, remembered={"selectors": selectors}, hits=3)
    (edge,) = (await asker.ask(LIST))["elements"]["edges"]
    assert edge["node"] == {
        "id": encode_id("Element", row.id),
        "description": "click the Save button",
        "status": "ACTIVE",
        "version": 1,
        "hits": 3,
        "misses": 0,
        "selectors": [{"kind": "css", "value": "#save", "hosts": ["my-form"]}],
    }


async def test_filters_hold_all_at_once(tenant: Tenant, asker: Asker):
    scope = new_id()
    await make_element(tenant, description="click Save 100 %", scope_id=scope)
    await make_element(tenant, description="click Delete", scope_id=scope, status="invalidated")
    await make_element(tenant, description="click Saver")
    template = encode_id("TestTemplate", scope)
    cases = [
        ({"scopeId": template, "search": "save"}, ["click Save 100 %"]),
        ({"status": "INVALIDATED"}, ["click Delete"]),
        ({"search": "100 %"}, ["click Save 100 %"]),
        ({"search": "_"}, []),
        ({"scopeId": encode_id("User", scope)}, []),
    ]
    for wanted, expected in cases:
        assert names(await asker.ask(LIST, filter=wanted)) == expected
    assert await asker.codes(LIST, filter={"search": "a\x00"}) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("field", ["HITS", "MISSES", "LAST_SEEN_AT", "CREATED_AT"])
async def test_lists_can_be_ordered_and_paged(tenant: Tenant, asker: Asker, field: str):
    for number in (2, 0, 1):
        moment = after(number)
        await make_element(
            tenant,
            description=str(number),
            hits=number,
            misses=number,
            last_seen_at=moment,
            created_at=moment,
        )
    order = {"field": field, "direction": "ASC"}
    first = await asker.ask(LIST, first=2, orderBy=order)
    cursor = first["elements"]["pageInfo"]["endCursor"]
    rest = await asker.ask(LIST, first=2, after=cursor, orderBy=order)
    assert names(first) + names(rest) == ["0", "1", "2"]
    assert first["elements"]["totalCount"] == 3


async def test_elements_of_another_workspace_are_not_there(stranger: Tenant, asker: Asker):
    foreign = await make_element(stranger)
    assert names(await asker.ask(LIST)) == []
    assert await read_element(asker.context(), foreign.id) is None


async def test_one_element_is_read_by_its_id_and_a_foreign_or_forged_id_is_null(
    tenant: Tenant, stranger: Tenant, asker: Asker
):
    own, foreign = await make_element(tenant), await make_element(stranger)
    found = await asker.ask(ONE, id=encode_id("Element", own.id))
    assert found["element"] == {"id": encode_id("Element", own.id), "status": "ACTIVE"}
    ids = [encode_id("Element", foreign.id), encode_id("Mission", own.id), "forged", ""]
    for identity in [*ids, encode_id("Element", new_id())]:
        assert (await asker.ask(ONE, id=identity))["element"] is None


@pytest.mark.parametrize("status", ["active", "deprecated", "invalidated"])
async def test_every_read_shows_whether_an_element_is_used(
    tenant: Tenant, asker: Asker, status: str
):
    row = await make_element(tenant, status=status)
    async with tenant.begin() as uow:
        execution = await add_execution(uow.session, tenant)
        await add_decision(uow.session, execution, element_id=row.id)
    element, run = encode_id("Element", row.id), encode_id("Execution", execution.id)
    data = await asker.ask(STATES, element=element, run=run, status=status.upper())
    state = {"status": status.upper()}
    assert data == {
        "element": state,
        "node": state,
        "elements": {"edges": [{"node": state}]},
        "execution": {"decisions": [{"element": state}]},
    }


async def test_who_may_not_see_elements_sees_none(tenant: Tenant, asker: Asker):
    row = await make_element(tenant)
    asker.tenant = tenant.may_not("element.read")
    assert await asker.codes(LIST) == ["FORBIDDEN"]
    assert await asker.codes(ONE, id=encode_id("Element", row.id)) == ["FORBIDDEN"]
