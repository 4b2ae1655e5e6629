"""Executions are read in few statements, page by page, and only by those who may."""

from pathlib import Path

import pytest

from domain.evidence.links import LinkVerb
from domain.executions.states import AttemptOutcome, Status
from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.elements import add_decision, add_element
from tests.factories.evidence import make_evidence, png_bytes
from tests.factories.executions import add_attempt, add_event, add_execution, after, make_execution
from tests.factories.stories import CHAPTERS, tell_story
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import Asker

pytestmark = pytest.mark.integration

ONE = """query ($id: ID!) { execution(id: $id) { id kind title status queue attempt milliseconds
  output lastSeq subjectId dueAt startedAt finishedAt cancelRequestedAt error { code message }
  parent { title } replayOf { title } } }"""
LIST = """query ($first: Int, $after: String, $filter: ExecutionFilter, $orderBy: ExecutionOrder) {
  executions(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { title } } } }"""
NESTED = """{ executions(first: 10, filter: {rootOnly: true}) { edges { node {
  title
  elementCounts { hits healed learned abstained notFound }
  children(first: 10) { edges { node {
    title parent { title } attempts { number outcome }
    events(first: 3) { edges { cursor node { seq kind } } }
    evidence { name kind downloadUrl }
    decisions { decision score element { description } }
    elementCounts { hits }
  } } } } } } }"""
STATEMENTS_OF_NESTED = 10
"""Roots, their counts, children; of those parents, attempts, events, evidence, decisions, counts;
elements of the decisions. Whoever asks is known already."""


def execution_id(row) -> str:
    return encode_id("Execution", row.id)


def titles(data) -> list[str]:
    return [edge["node"]["title"] for edge in data["executions"]["edges"]]


async def test_an_execution_shows_all_of_itself(tenant: Tenant, asker: Asker):
    parent = await make_execution(tenant, kind="mission", queue=None, title="Run")
    test_id = new_id()
    row = await make_execution(
        tenant,
        parent_id=parent.id,
        subject_id=test_id,
        status=Status.FAILED,
        error_code="TEST_FAILED",
        error_message="No such button.",
        output={"extracted": {"total": 3}},
        replay_of=parent.id,
        cancel_requested_at=after(1),
        last_seq=7,
    )
    data = await asker.ask(ONE, id=execution_id(row))
    assert data["execution"] == {
        "id": execution_id(row),
        "kind": "browser",
        "title": "Log in",
        "status": "FAILED",
        "queue": "browser",
        "attempt": 1,
        "milliseconds": 2500.0,
        "output": {"extracted": {"total": 3}},
        "lastSeq": 7,
        "subjectId": encode_id("MissionTest", test_id),
        "dueAt": "2026-03-02T12:00:00+00:00",
        "startedAt": "2026-03-02T12:00:00+00:00",
        "finishedAt": "2026-03-02T12:00:02.500000+00:00",
        "cancelRequestedAt": "2026-03-02T12:00:01+00:00",
        "error": {"code": "TEST_FAILED", "message": "No such button."},
        "parent": {"title": "Run"},
        "replayOf": {"title": "Run"},
    }


async def test_case_17_a_foreign_or_forged_id_is_not_found(
    databases: Databases, tenant: Tenant, asker: Asker
):
    foreign = await make_execution(await make_tenant(databases))
    for identity in (execution_id(foreign), encode_id("Mission", new_id()), "x", ""):
        assert (await asker.ask(ONE, id=identity))["execution"] is None


async def test_pages_follow_each_other_without_gap_or_repeat(tenant: Tenant, asker: Asker):
    for number in range(5):
        await make_execution(tenant, title=str(number), created_at=after(number // 2))
    seen, cursor, more = [], None, True
    while more:
        data = await asker.ask(LIST, first=2, after=cursor)
        assert data["executions"]["totalCount"] == 5
        seen += titles(data)
        cursor, more = (
            data["executions"]["pageInfo"][name] for name in ("endCursor", "hasNextPage")
        )
    assert sorted(seen) == ["0", "1", "2", "3", "4"]
    assert seen[0] == "4"


async def test_filters_hold_all_at_once(tenant: Tenant, asker: Asker):
    mission, test = new_id(), new_id()
    async with tenant.begin() as uow:
        run = await add_execution(
            uow.session, tenant, kind="mission", title="run", subject_id=mission
        )
        await add_execution(uow.session, tenant, title="a", parent_id=run.id, subject_id=test)
        await add_execution(uow.session, tenant, title="b", status=Status.FAILED)
        await add_execution(uow.session, tenant, title="dead", status=Status.ABANDONED)
        await add_execution(uow.session, tenant, title="dead probe", kind="probe")
    cases = {
        "run": {"subjectId": encode_id("Mission", mission)},
        "a": {"subjectId": encode_id("MissionTest", test)},
        "b": {"status": ["FAILED"], "kind": "browser", "rootOnly": True},
        "dead": {"status": "ABANDONED"},
        "dead probe": {"kind": "probe"},
    }
    for title, wanted in cases.items():
        assert titles(await asker.ask(LIST, filter=wanted)) == [title]
    forged = {"subjectId": encode_id("User", mission)}
    assert titles(await asker.ask(LIST, filter=forged)) == []


async def test_lists_can_be_ordered(tenant: Tenant, asker: Asker):
    for title, due in (("b", 2), ("a", 1), ("c", 3)):
        await make_execution(tenant, title=title, due_at=after(due))
    order = {"field": "DUE_AT", "direction": "ASC"}
    first = await asker.ask(LIST, first=2, orderBy=order)
    cursor = first["executions"]["pageInfo"]["endCursor"]
    rest = await asker.ask(LIST, first=2, after=cursor, orderBy=order)
    assert titles(first) + titles(rest) == ["a", "b", "c"]
    assert await asker.codes(LIST, after=cursor) in ([], ["BAD_USER_INPUT"])


@pytest.mark.parametrize("first", [-1, 0, 101, 1_000_000_000])
async def test_case_16_a_page_has_one_to_a_hundred(asker: Asker, first: int):
    assert await asker.codes(LIST, first=first) == ["BAD_USER_INPUT"]


async def test_nested_lists_take_the_same_few_statements_however_long(
    tenant: Tenant, asker: Asker, tmp_path: Path, count_statements
):
    picture = tmp_path / "picture.png"
    picture.write_bytes(png_bytes())
    for chapters in (CHAPTERS[:1], CHAPTERS * 2):
        await tell_story(tenant, asker.storage, lambda _: picture, tmp_path, chapters)
        async with tenant.begin() as uow:
            run = await add_execution(uow.session, tenant, kind="mission")
            child = await add_execution(uow.session, tenant, parent_id=run.id)
            element = await add_element(uow.session, tenant)
            await add_decision(uow.session, child, element_id=element.id)
        with count_statements() as log:
            data = await asker.ask(NESTED)
        reads = [one for one in log.statements if "SAVEPOINT" not in one]
        assert len(reads) == STATEMENTS_OF_NESTED, reads
        assert data["executions"]["edges"]


async def test_children_attempts_events_and_decisions_hang_on_executions(
    tenant: Tenant, asker: Asker, tmp_path: Path
):
    async with tenant.begin() as uow:
        run = await add_execution(uow.session, tenant, kind="mission", title="run")
        for position in (2, 0, 1):
            await add_execution(
                uow.session, tenant, parent_id=run.id, title=f"t{position}", position=position
            )
        test = await add_execution(
            uow.session, tenant, parent_id=run.id, title="t3", position=3, attempt=2
        )
        await add_attempt(uow.session, test, 1, AttemptOutcome.LOST, error_message="silent")
        await add_attempt(uow.session, test, 2, None, finished=None)
        await add_event(uow.session, test, "execution.requested")
        await add_event(uow.session, test, "step.started", {"index": 0})
        element = await add_element(uow.session, tenant)
        await add_decision(uow.session, test, "healed", element_id=element.id)
        await add_decision(uow.session, test, "abstained", step_index=1)
    picture = tmp_path / "picture.png"
    picture.write_bytes(png_bytes())
    await make_evidence(tenant, asker.storage, test, picture, name="final", step_index=1)
    data = await asker.ask(
        """query ($id: ID!) { execution(id: $id) {
          children(first: 3) { totalCount pageInfo { hasNextPage } edges { node { title } } }
          last: children(last: 1) { edges { node {
            attempts { number outcome finishedAt errorMessage }
            events(first: 1) { totalCount pageInfo { hasNextPage } edges { node { kind data } } }
            evidence { name kind contentType attempt stepIndex sizeBytes }
            decisions { decision stepIndex layers candidates element { description selectors {
              kind value hosts } } }
            elementCounts { hits healed learned abstained notFound } } } } } }""",
        id=execution_id(run),
    )
    children = data["execution"]["children"]
    assert [edge["node"]["title"] for edge in children["edges"]] == ["t0", "t1", "t2"]
    assert (children["totalCount"], children["pageInfo"]["hasNextPage"]) == (4, True)
    (edge,) = data["execution"]["last"]["edges"]
    shown = edge["node"]
    assert [one["outcome"] for one in shown["attempts"]] == ["LOST", None]
    assert shown["events"]["totalCount"] == 2
    assert shown["events"]["edges"][0]["node"]["kind"] == "execution.requested"
    assert shown["evidence"] == [
        {
            "name": "final.png",
            "kind": "SCREENSHOT",
            "contentType": "image/png",
            "attempt": 2,
            "stepIndex": 1,
            "sizeBytes": len(png_bytes()),
        }
    ]
    assert [one["decision"] for one in shown["decisions"]] == ["HEALED", "ABSTAINED"]
    assert shown["decisions"][0]["element"]["selectors"][0]["value"] == "input[name=_save]"
    assert shown["elementCounts"] == {
        "hits": 0, "healed": 1, "learned": 0, "abstained": 1, "notFound": 0,
    }  # fmt: skip


async def test_what_may_not_be_seen_is_null_on_its_own(tenant: Tenant, asker: Asker):
    row = await make_execution(tenant)
    asker.tenant = tenant.may_only("execution.read")
    document = "query ($id: ID!) { execution(id: $id) { title evidence { id } decisions { reason } reportUrl } }"
    result = await asker.run(document, id=execution_id(row))
    assert result.data == {
        "execution": {"title": "Log in", "evidence": None, "decisions": None, "reportUrl": None}
    }
    assert len(result.errors or []) == 3


async def test_who_may_not_see_executions_sees_none(tenant: Tenant, asker: Asker):
    asker.tenant = tenant.may_not("execution.read")
    assert await asker.codes(LIST) == ["FORBIDDEN"]
    assert await asker.codes(ONE, id="x") == ["FORBIDDEN"]


async def test_a_report_link_opens_the_report(tenant: Tenant, asker: Asker):
    row = await make_execution(tenant)
    document = "query ($id: ID!) { execution(id: $id) { reportUrl } }"
    url = (await asker.ask(document, id=execution_id(row)))["execution"]["reportUrl"]
    base, token = url.split("?link=")
    assert base == f"https://metamorph.test/reports/executions/{row.id}"
    assert asker.signer.open(token, LinkVerb.REPORT).subject_id == row.id
