"""A person sets an element aside through the schema, and the next run does without it."""

import pytest

from domain.elements.recall import recall_elements
from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.elements.conftest import make_element

pytestmark = pytest.mark.integration

SET_ASIDE = """mutation ($input: SetElementAsideInput!) { setElementAside(input: $input) {
  element { id status version hits misses } userErrors { code message field } } }"""
USE_AGAIN = """mutation ($input: UseElementAgainInput!) { useElementAgain(input: $input) {
  element { id status version hits misses } userErrors { code message field } } }"""
STATUS = "query ($id: ID!) { element(id: $id) { status } }"
DOCUMENTS = {"setElementAside": SET_ASIDE, "useElementAgain": USE_AGAIN}


async def call(asker: Asker, name: str, identity: str) -> dict:
    """The payload of one of the two mutations."""
    return (await asker.ask(DOCUMENTS[name], input={"id": identity}))[name]


async def count_recalled(tenant: Tenant, scope_id) -> int:
    """How many elements the next run of a test starts with."""
    async with tenant.read() as session:
        return len(await recall_elements(session, tenant.workspace_id, scope_id))


async def test_an_element_is_set_aside_and_used_again(tenant: Tenant, asker: Asker):
    row = await make_element(tenant, hits=4, misses=3, version=2)
    identity = encode_id("Element", row.id)
    shown = {"id": identity, "version": 2}

    aside = await call(asker, "setElementAside", identity)
    assert aside == {
        "element": {**shown, "status": "DEPRECATED", "hits": 4, "misses": 3},
        "userErrors": [],
    }
    assert await count_recalled(tenant, row.scope_id) == 0

    again = await call(asker, "useElementAgain", identity)
    assert again == {
        "element": {**shown, "status": "ACTIVE", "hits": 0, "misses": 0},
        "userErrors": [],
    }
    assert await count_recalled(tenant, row.scope_id) == 1


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("setElementAside", "deprecated", "DEPRECATED"),
        ("setElementAside", "invalidated", "INVALIDATED"),
        ("useElementAgain", "active", "ACTIVE"),
        ("useElementAgain", "invalidated", "ACTIVE"),
    ],
)
async def test_saying_it_twice_changes_nothing_and_the_other_states_have_an_answer(
    tenant: Tenant, asker: Asker, name: str, before: str, after: str
):
    row = await make_element(tenant, status=before)
    identity = encode_id("Element", row.id)
    payload = await call(asker, name, identity)
    assert (payload["element"]["status"], payload["userErrors"]) == (after, [])
    assert (await asker.ask(STATUS, id=identity))["element"]["status"] == after


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_foreign_forged_and_missing_ids_get_one_answer(
    tenant: Tenant, stranger: Tenant, asker: Asker, name: str
):
    own, foreign = await make_element(tenant), await make_element(stranger)
    ids = [encode_id("Element", foreign.id), encode_id("Element", new_id())]
    ids += [encode_id("Mission", own.id), "forged", ""]
    answers = [await call(asker, name, one) for one in ids]
    missing = {"code": "NOT_FOUND", "message": "The element was not found.", "field": ["id"]}
    assert answers == [{"element": None, "userErrors": [missing]}] * len(ids)
    assert await count_recalled(stranger, foreign.scope_id) == 1
    assert await count_recalled(tenant, own.scope_id) == 1


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_who_may_not_edit_elements_is_refused_at_the_top(
    tenant: Tenant, asker: Asker, name: str
):
    row = await make_element(tenant)
    asker.tenant = tenant.may_not("element.edit")
    given = {"id": encode_id("Element", row.id)}
    assert await asker.codes(DOCUMENTS[name], input=given) == ["FORBIDDEN"]
    assert await count_recalled(tenant, row.scope_id) == 1
