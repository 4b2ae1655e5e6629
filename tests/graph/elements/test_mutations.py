"""A person sets an element aside through the schema, and the next run does without it."""

import pytest

from domain.elements.recall import recall_elements
from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.elements import add_version
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker
from tests.graph.elements.conftest import make_element

pytestmark = pytest.mark.integration

SET_ASIDE = """mutation ($input: SetElementAsideInput!) { setElementAside(input: $input) {
  element { id status version hits misses } userErrors { code message field } } }"""
USE_AGAIN = """mutation ($input: UseElementAgainInput!) { useElementAgain(input: $input) {
  element { id status version hits misses } userErrors { code message field } } }"""
STATUS = "query ($id: ID!) { element(id: $id) { status } }"
INVALIDATE = """mutation ($input: InvalidateElementInput!) { invalidateElement(input: $input) {
  element { id status version } userErrors { code message field } } }"""
RESTORE = """mutation ($input: RestoreElementVersionInput!) { restoreElementVersion(input: $input) {
  element { id status version selectors { value } versions { edges { node { reason parent } } } }
  userErrors { code message field } } }"""
DOCUMENTS = {
    "setElementAside": SET_ASIDE,
    "useElementAgain": USE_AGAIN,
    "invalidateElement": INVALIDATE,
    "restoreElementVersion": RESTORE,
}
MORE = {"restoreElementVersion": {"version": 1}}


async def call(asker: Asker, name: str, identity: str, **more: object) -> dict:
    """The payload of one of the mutations."""
    given = {"id": identity, **MORE.get(name, {}), **more}
    return (await asker.ask(DOCUMENTS[name], input=given))[name]


async def count_recalled(tenant: Tenant, scope_id) -> int:
    """How many elements the next run of a test starts with."""
    async with tenant.read() as session:
        return len(await recall_elements(session, tenant.workspace_id, scope_id))


async def test_an_element_is_set_aside_and_used_again(tenant: Tenant, asker: Asker):
    row = await make_element(tenant, hits=4, misses=3, version=2)
    identity = encode_id("Element", row.id)
    shown = {"id": identity}

    aside = await call(asker, "setElementAside", identity)
    assert aside == {
        "element": {**shown, "version": 3, "status": "DEPRECATED", "hits": 4, "misses": 3},
        "userErrors": [],
    }
    assert await count_recalled(tenant, row.scope_id) == 0

    again = await call(asker, "useElementAgain", identity)
    assert again == {
        "element": {**shown, "version": 4, "status": "ACTIVE", "hits": 0, "misses": 0},
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
        ("invalidateElement", "active", "INVALIDATED"),
        ("invalidateElement", "deprecated", "INVALIDATED"),
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
    given = {"id": encode_id("Element", row.id), **MORE.get(name, {})}
    assert await asker.codes(DOCUMENTS[name], input=given) == ["FORBIDDEN"]
    assert await count_recalled(tenant, row.scope_id) == 1


async def test_an_earlier_version_is_restored_as_the_newest_one(tenant: Tenant, asker: Asker):
    row = await make_element(tenant, version=2)
    old = {"selectors": [{"kind": "css", "value": "#old", "hosts": []}]}
    async with tenant.begin() as uow:
        await add_version(uow.session, row, 1, remembered=old)
        await add_version(uow.session, row, 2, reason="healed")
    identity = encode_id("Element", row.id)

    payload = await call(asker, "restoreElementVersion", identity, expectedVersion=2)

    assert payload["userErrors"] == []
    element = payload["element"]
    assert (element["version"], element["status"]) == (3, "ACTIVE")
    assert element["selectors"] == [{"value": "#old"}]
    assert [edge["node"] for edge in element["versions"]["edges"]] == [
        {"reason": "RESTORED", "parent": 1},
        {"reason": "HEALED", "parent": 1},
        {"reason": "LEARNED", "parent": None},
    ]


async def test_a_version_that_is_gone_is_not_found(tenant: Tenant, asker: Asker):
    row = await make_element(tenant)
    payload = await call(asker, "restoreElementVersion", encode_id("Element", row.id), version=7)
    message = "The version of the element was not found."
    told = {"code": "NOT_FOUND", "message": message, "field": ["version"]}
    assert payload == {"element": None, "userErrors": [told]}


async def test_who_restores_from_an_old_state_is_shown_the_new_one(tenant: Tenant, asker: Asker):
    row = await make_element(tenant, version=2)
    async with tenant.begin() as uow:
        await add_version(uow.session, row, 1)
    identity = encode_id("Element", row.id)
    payload = await call(asker, "restoreElementVersion", identity, expectedVersion=1)
    assert payload["element"]["version"] == 2
    assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]


async def test_a_reason_that_is_too_long_is_refused(tenant: Tenant, asker: Asker):
    row = await make_element(tenant)
    identity = encode_id("Element", row.id)
    payload = await call(asker, "invalidateElement", identity, reason="x" * 501)
    assert [error["field"] for error in payload["userErrors"]] == [["reason"]]
