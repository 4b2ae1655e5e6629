"""Acting on executions through the schema: every verb, its permission and its refusals."""

import pytest

from domain.executions.states import Status
from domain.shared.ids import new_id
from graph.support.ids import encode_id
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import Asker

pytestmark = pytest.mark.integration

CANCEL = """mutation ($id: ID!) { verb: cancelExecution(input: {id: $id}) {
  execution { status } userErrors { code field message } } }"""
REPLAY = """mutation ($id: ID!, $key: String) {
  verb: replayExecution(input: {id: $id, idempotencyKey: $key}) {
  execution { id status replayOf { id } } userErrors { code field message } } }"""
RECORD = """mutation ($id: ID!, $ok: Boolean!, $note: String!) {
  verb: recordTestResult(input: {executionId: $id, succeeded: $ok, note: $note}) {
    execution { status output error { code message } } userErrors { code field message } } }"""
PROBE = """mutation ($key: String) { verb: requestProbe(input: {idempotencyKey: $key}) {
  execution { id kind queue status } userErrors { code field message } } }"""

VERBS = {
    CANCEL: "execution.cancel",
    REPLAY: "execution.replay",
    RECORD: "execution.record",
    PROBE: "execution.replay",
}


def execution_id(row) -> str:
    return encode_id("Execution", row.id)


def codes(data) -> list[str]:
    return [error["code"] for error in data["verb"]["userErrors"]]


async def test_what_waits_is_canceled_at_once(tenant: Tenant, asker: Asker):
    row = await make_execution(tenant, status=Status.SCHEDULED, started_at=None, finished_at=None)
    data = await asker.ask(CANCEL, id=execution_id(row))
    assert data["verb"] == {"execution": {"status": "CANCELED"}, "userErrors": []}


async def test_what_has_ended_can_be_replayed(tenant: Tenant, asker: Asker):
    row = await make_execution(tenant, status=Status.ABANDONED)
    data = await asker.ask(REPLAY, id=execution_id(row))
    replayed = data["verb"]["execution"]
    assert replayed["status"] == "SCHEDULED"
    assert replayed["replayOf"] == {"id": execution_id(row)}
    running = await make_execution(tenant, status=Status.RUNNING, finished_at=None)
    assert codes(await asker.ask(REPLAY, id=execution_id(running))) == ["CONFLICT"]


async def test_the_same_key_replays_once(tenant: Tenant, asker: Asker):
    row = await make_execution(tenant)
    first, again, other = [
        (await asker.ask(REPLAY, id=execution_id(row), key=key))["verb"]["execution"]["id"]
        for key in ("k", "k", None)
    ]
    assert first == again != other
    probe = await make_execution(tenant, kind="probe")
    assert codes(await asker.ask(REPLAY, id=execution_id(probe), key="k")) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(("ok", "status"), [(True, "SUCCEEDED"), (False, "FAILED")])
async def test_a_person_records_a_result(tenant: Tenant, asker: Asker, ok: bool, status: str):
    row = await make_execution(
        tenant, kind="manual", queue=None, status=Status.RUNNING, attempt=0, finished_at=None
    )
    data = await asker.ask(RECORD, id=execution_id(row), ok=ok, note="Seen it.")
    assert data["verb"]["execution"]["status"] == status
    assert data["verb"]["execution"]["output"]["note"] == "Seen it."
    assert codes(await asker.ask(RECORD, id=execution_id(row), ok=ok, note="")) == ["CONFLICT"]


async def test_case_19_a_note_that_cannot_be_stored_is_a_user_error(tenant: Tenant, asker: Asker):
    row = await make_execution(
        tenant, kind="manual", queue=None, status=Status.RUNNING, attempt=0, finished_at=None
    )
    data = await asker.ask(RECORD, id=execution_id(row), ok=True, note="a\x00b")
    assert codes(data) == ["BAD_USER_INPUT"]
    assert data["verb"]["userErrors"][0]["field"] == ["note"]


async def test_a_probe_waits_for_a_worker_and_is_the_same_for_the_same_key(asker: Asker):
    first = (await asker.ask(PROBE, key="k"))["verb"]["execution"]
    again = (await asker.ask(PROBE, key="k"))["verb"]["execution"]
    other = (await asker.ask(PROBE))["verb"]["execution"]
    assert (first["kind"], first["queue"], first["status"]) == ("probe", "default", "SCHEDULED")
    assert first["id"] == again["id"] != other["id"]


@pytest.mark.parametrize("key", ["k" * 256, "", "a\x00b"])
async def test_case_19_what_is_no_key_is_a_user_error(tenant: Tenant, asker: Asker, key: str):
    row = await make_execution(tenant)
    for data in (
        await asker.ask(PROBE, key=key),
        await asker.ask(REPLAY, id=execution_id(row), key=key),
    ):
        assert set(codes(data)) == {"BAD_USER_INPUT"}
        assert data["verb"]["userErrors"][0]["field"] == ["idempotencyKey"]


async def test_a_probe_may_have_the_key_of_a_replay(tenant: Tenant, asker: Asker):
    row = await make_execution(tenant)
    replayed = (await asker.ask(REPLAY, id=execution_id(row), key="k"))["verb"]["execution"]
    probed = await asker.ask(PROBE, key="k")
    assert codes(probed) == []
    assert probed["verb"]["execution"]["id"] != replayed["id"]


@pytest.mark.parametrize("document", VERBS)
async def test_case_42_every_verb_needs_its_permission(tenant: Tenant, asker: Asker, document: str):
    asker.tenant = tenant.may_not(VERBS[document])
    row = await make_execution(tenant)
    assert await asker.codes(document, id=execution_id(row), ok=True, note="") == ["FORBIDDEN"]


@pytest.mark.parametrize("document", [CANCEL, REPLAY, RECORD])
async def test_case_17_nothing_foreign_or_forged_is_found(
    databases: Databases, asker: Asker, document: str
):
    foreign = await make_execution(await make_tenant(databases))
    for identity in (execution_id(foreign), encode_id("Execution", new_id()), "forged"):
        data = await asker.ask(document, id=identity, ok=True, note="")
        assert codes(data) == ["NOT_FOUND"]
        assert data["verb"]["execution"] is None
