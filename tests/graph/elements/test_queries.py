"""Remembered elements are listed, filtered and read by id."""

from pathlib import Path

import pytest
import strawberry
from redis.asyncio import Redis

from domain.shared.ids import new_id
from domain.shared.live import LiveSignals
from graph.elements.queries import ElementQueries, read_element
from graph.support.ids import encode_id
from tests.factories.elements import add_element
from tests.factories.executions import after
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import Asker

pytestmark = pytest.mark.integration

SCHEMA = strawberry.Schema(ElementQueries)
LIST = """query ($first: Int, $after: String, $filter: ElementFilter, $orderBy: ElementOrder) {
  elements(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { endCursor } edges { node {
      id description status version hits misses selectors { kind value hosts } } } } }"""


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
def asker(tenant: Tenant, tmp_path: Path) -> Asker:
    return Asker(SCHEMA, tenant, LiveSignals(Redis()), tmp_path)


def names(data) -> list[str]:
    return [edge["node"]["description"] for edge in data["elements"]["edges"]]


async def add(tenant: Tenant, **changes: object):
    async with tenant.begin() as uow:
        return await add_element(uow.session, tenant, **changes)


async def test_an_element_shows_how_it_is_found(tenant: Tenant, asker: Asker):
    selectors = [{"kind": "css", "value": "#save", "hosts": ["my-form"]}, "odd", {"kind": "css"}]
    row = await add(tenant, remembered={"selectors": selectors}, hits=3)
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
    await add(tenant, description="click Save 100 %", scope_id=scope)
    await add(tenant, description="click Delete", scope_id=scope, status="invalidated")
    await add(tenant, description="click Saver")
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
        await add(
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


async def test_elements_of_another_workspace_are_not_there(databases: Databases, asker: Asker):
    foreign = await add(await make_tenant(databases))
    assert names(await asker.ask(LIST)) == []
    assert await read_element(asker.context(), foreign.id) is None


async def test_who_may_not_see_elements_sees_none(tenant: Tenant, asker: Asker):
    asker.tenant = tenant.may_not("element.read")
    assert await asker.codes(LIST) == ["FORBIDDEN"]
