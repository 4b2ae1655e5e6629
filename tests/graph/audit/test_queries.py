"""The audit log as a connection: newest first, filtered, of the own workspace only."""

from collections.abc import Sequence

import pytest

from domain.shared.audit import Entity, Entry
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.origin import Origin
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.ids import encode_id
from tests.fixtures.database import Databases
from tests.fixtures.people import Ask, Member

pytestmark = pytest.mark.integration

ENTRIES = """
query (
  $first: Int, $after: String, $last: Int, $before: String,
  $filter: AuditEntryFilter, $orderBy: AuditEntryOrder
) {
  auditEntries(
    first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy
  ) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { node {
      seq at action actorId actorName via sessionId entityType entityId entityLabel
      before after address device requestId hash
    } }
  }
}
"""
UPDATE = """
mutation ($input: UpdateWorkspaceInput!) {
  updateWorkspace(input: $input) { workspace { id version } userErrors { message } }
}
"""
ACTIONS = ("mission.create", "mission.start", "run.cancel", "mission.start", "mission.delete")


async def tell(databases: Databases, member: Member, *entries: Entry) -> None:
    units = UnitsOfWork(databases.app, SilentOutlet())
    origin = Origin.of("Firefox 100%", "192.0.2.7", "req-1")
    async with units.begin(member.actor.workspace_id, member.actor.user_id, origin) as uow:
        for entry in entries:
            uow.audit(entry)


@pytest.fixture
async def kim(workspace_member) -> Member:
    """Somebody in charge of a workspace."""
    return await workspace_member()


@pytest.fixture
async def written(databases: Databases, kim: Member) -> Sequence[Entry]:
    """Five entries about different missions."""
    entries = [
        Entry(action, kim.actor, Entity("Mission", new_id(), f"M{number}_"))
        for number, action in enumerate(ACTIONS)
    ]
    await tell(databases, kim, *entries)
    return entries


async def read(ask: Ask, by: Member, **variables: object):
    return (await ask(ENTRIES, by=by, **variables)).data["auditEntries"]


async def list_labels(ask: Ask, by: Member, **filtered: object) -> list[str]:
    found = await read(ask, by, filter=filtered)
    labels = [edge["node"]["entityLabel"] for edge in found["edges"]]
    assert found["totalCount"] == len(labels)
    return labels


async def test_an_entry_says_everything(ask: Ask, kim: Member):
    workspace = encode_id("Workspace", kim.actor.workspace_id)
    change = {"id": workspace, "expectedVersion": 1, "name": "Other", "allowedHosts": ["a.test"]}
    answer = await ask(UPDATE, by=kim, input=change)
    assert answer.data["updateWorkspace"]["userErrors"] == []
    found = await read(ask, kim, filter={"entityType": "Workspace", "action": "workspace.update"})
    [edge] = found["edges"]
    node = edge["node"]
    assert node.pop("at").endswith("Z")
    assert len(bytes.fromhex(node.pop("hash"))) == 32
    assert len(node.pop("requestId")) == 32
    assert node.pop("before")["allowed_hosts"] == []
    assert node == {
        "seq": node["seq"],
        "action": "workspace.update",
        "actorId": encode_id("Member", kim.actor.user_id),
        "actorName": "Kim",
        "via": "SESSION",
        "sessionId": encode_id("Session", kim.actor.session_id),
        "entityType": "Workspace",
        "entityId": workspace,
        "entityLabel": "Other",
        "after": {"name": "Other", "allowed_hosts": ["a.test"]},
        "address": "127.0.0.1",
        "device": node["device"],
    }
    assert node["device"].startswith("python-httpx")


async def test_the_newest_entry_comes_first(ask: Ask, kim: Member, written: Sequence[Entry]):
    found = await read(ask, kim, first=5)
    assert [edge["node"]["action"] for edge in found["edges"]] == list(reversed(ACTIONS))


async def test_the_oldest_comes_first_where_that_is_wanted(
    ask: Ask, kim: Member, written: Sequence[Entry]
):
    order = {"direction": "ASC"}
    found = await read(ask, kim, orderBy=order, filter={"entityType": "Mission"})
    assert [edge["node"]["action"] for edge in found["edges"]] == list(ACTIONS)


async def test_pages_follow_each_other_both_ways(ask: Ask, kim: Member, written: Sequence[Entry]):
    mission = {"entityType": "Mission"}
    one = await read(ask, kim, first=2, filter=mission)
    two = await read(ask, kim, first=2, after=one["pageInfo"]["endCursor"], filter=mission)
    back = await read(ask, kim, last=2, before=two["pageInfo"]["startCursor"], filter=mission)
    labels = [edge["node"]["entityLabel"] for edge in (*one["edges"], *two["edges"])]
    assert labels == ["M4_", "M3_", "M2_", "M1_"]
    assert back["edges"] == one["edges"]
    assert (one["totalCount"], two["pageInfo"]["hasNextPage"]) == (5, True)


async def test_filters_narrow_the_list(ask: Ask, kim: Member, written: Sequence[Entry]):
    target = written[2].entity
    assert target is not None
    entity_id = encode_id("Mission", target.id)
    assert await list_labels(ask, kim, action="mission.start") == ["M3_", "M1_"]
    assert await list_labels(ask, kim, entityId=entity_id) == ["M2_"]
    mine = encode_id("Member", kim.actor.user_id)
    assert await list_labels(ask, kim, actorId=mine, action="run.cancel") == ["M2_"]
    other = encode_id("Member", new_id())
    assert await list_labels(ask, kim, actorId=other) == []
    assert await list_labels(ask, kim, entityId="forged") == []


async def test_a_stretch_of_time_has_its_beginning_but_not_its_end(
    ask: Ask, kim: Member, written: Sequence[Entry]
):
    entries = (await read(ask, kim, filter={"entityType": "Mission"}))["edges"]
    times = [edge["node"]["at"] for edge in reversed(entries)]
    assert await list_labels(ask, kim, since=times[1], until=times[3]) == ["M2_", "M1_"]


async def test_the_search_takes_signs_as_they_are(ask: Ask, kim: Member, written: Sequence[Entry]):
    assert await list_labels(ask, kim, search="m1_") == ["M1_"]
    assert await list_labels(ask, kim, search="%") == []
    assert len(await list_labels(ask, kim, search="192.0.2.7")) == 5


async def test_text_that_nothing_contains_is_refused(ask: Ask, kim: Member):
    answer = await ask(ENTRIES, by=kim, filter={"search": "x" * 201})
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_a_cursor_of_another_list_is_refused(ask: Ask, kim: Member):
    answer = await ask(ENTRIES, by=kim, after="AAAA")
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_only_who_may_see_the_log_does(ask: Ask, kim: Member, workspace_member):
    for role in ("editor", "viewer", "executor", "red", "blue"):
        member = await workspace_member(role, of=kim)
        assert (await ask(ENTRIES, by=member)).codes == ["FORBIDDEN"], role


async def test_case_42_another_workspace_sees_none_of_it(
    ask: Ask, kim: Member, written: Sequence[Entry], workspace_member
):
    stranger = await workspace_member()
    target = written[0].entity
    assert target is not None
    assert await list_labels(ask, stranger, entityId=encode_id("Mission", target.id)) == []


async def test_a_page_takes_one_statement(
    databases: Databases, ask: Ask, kim: Member, written: Sequence[Entry], count_statements
):
    with count_statements() as log:
        await ask("{ auditEntries { edges { node { seq } } } }", by=kim)
    reads = [one for one in log.statements if "audit_entries" in one]
    assert len(reads) == 1
