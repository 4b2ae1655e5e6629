"""Evidence is announced, completed and deleted through the schema; its bytes go another way."""

import hashlib
from datetime import timedelta

import pytest

from domain.evidence.links import LinkVerb
from domain.evidence.rules import EvidenceLimits
from domain.evidence.upload import receive_upload
from domain.shared.clock import SystemClock
from domain.shared.ids import new_id
from graph.evidence.queries import read_evidence_file
from graph.support.ids import encode_id, parse_id
from tests.factories.evidence import list_stored, png_bytes, stream
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import PUBLIC_URL, Asker

pytestmark = pytest.mark.integration

PNG = png_bytes()
FILE = "id kind name contentType sizeBytes sha256 storedAt downloadUrl"
CREATE = f"""mutation ($input: CreateEvidenceUploadInput!) {{ verb: createEvidenceUpload(input: $input) {{
  uploadUrl evidence {{ {FILE} }} userErrors {{ code field message }} }} }}"""
COMPLETE = f"""mutation ($id: ID!, $sha256: String) {{
  verb: completeEvidenceUpload(input: {{id: $id, sha256: $sha256}}) {{
    evidence {{ {FILE} }} userErrors {{ code field message }} }} }}"""
DELETE = """mutation ($id: ID!) { verb: deleteEvidence(input: {id: $id}) {
  deletedId userErrors { code field message } } }"""
SHOW = f"query ($id: ID!) {{ execution(id: $id) {{ evidence {{ {FILE} }} }} }}"


def announcement(execution_id: str, **changes: object) -> dict[str, object]:
    return {
        "executionId": execution_id,
        "name": "photo.png",
        "contentType": "image/png",
        "sizeBytes": len(PNG),
        **changes,
    }


@pytest.fixture
async def execution_id(tenant: Tenant) -> str:
    return encode_id("Execution", (await make_execution(tenant)).id)


async def send(asker: Asker, url: str, data: bytes = PNG) -> None:
    """What the REST route does with the bytes."""
    grant = asker.signer.open(url.rsplit("/", 1)[1], LinkVerb.UPLOAD)
    database = asker.tenant.databases.app
    await receive_upload(database, asker.storage, grant, stream(data))


async def upload(asker: Asker, execution_id: str) -> str:
    """The id of a complete file."""
    made = (await asker.ask(CREATE, input=announcement(execution_id)))["verb"]
    await send(asker, made["uploadUrl"])
    await asker.ask(COMPLETE, id=made["evidence"]["id"])
    return made["evidence"]["id"]


def codes(data) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in data["verb"]["userErrors"]]


async def test_a_file_goes_in_and_can_be_fetched(asker: Asker, execution_id: str):
    made = (await asker.ask(CREATE, input=announcement(execution_id)))["verb"]
    assert made["uploadUrl"].startswith(f"{PUBLIC_URL}/api/v1/evidence/")
    assert (made["evidence"]["storedAt"], made["evidence"]["downloadUrl"]) == (None, None)
    assert (await asker.ask(SHOW, id=execution_id))["execution"]["evidence"] == []
    await send(asker, made["uploadUrl"])
    sha256 = hashlib.sha256(PNG).hexdigest()
    done = (await asker.ask(COMPLETE, id=made["evidence"]["id"], sha256=sha256))["verb"]["evidence"]
    assert (done["kind"], done["contentType"], done["sha256"]) == ("UPLOAD", "image/png", sha256)
    (shown,) = (await asker.ask(SHOW, id=execution_id))["execution"]["evidence"]
    grant = asker.signer.open(shown["downloadUrl"].rsplit("/", 1)[1], LinkVerb.DOWNLOAD)
    assert parse_id(shown["id"]) == ("EvidenceFile", grant.subject_id)
    left = grant.expires_at - SystemClock().now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"contentType": "nonsense"}, "contentType"),
        ({"sizeBytes": 0}, "sizeBytes"),
        ({"sizeBytes": EvidenceLimits().file_bytes + 1}, "sizeBytes"),
        ({"stepIndex": -1}, "stepIndex"),
    ],
)
async def test_a_wrong_announcement_names_its_field(
    asker: Asker, execution_id: str, changes: dict[str, object], field: str
):
    data = await asker.ask(CREATE, input=announcement(execution_id, **changes))
    assert codes(data) == [("BAD_USER_INPUT", [field])]
    assert data["verb"]["uploadUrl"] is None


async def test_an_upload_without_its_bytes_is_not_complete(asker: Asker, execution_id: str):
    made = (await asker.ask(CREATE, input=announcement(execution_id)))["verb"]
    data = await asker.ask(COMPLETE, id=made["evidence"]["id"])
    assert codes(data) == [("BAD_USER_INPUT", ["id"])]
    await send(asker, made["uploadUrl"])
    data = await asker.ask(COMPLETE, id=made["evidence"]["id"], sha256="0" * 64)
    assert codes(data) == [("BAD_USER_INPUT", ["sha256"])]


async def test_deleted_evidence_is_gone_with_its_bytes(
    tenant: Tenant, asker: Asker, execution_id: str
):
    identity = await upload(asker, execution_id)
    assert (await asker.ask(DELETE, id=identity))["verb"]["deletedId"] == identity
    assert (await asker.ask(SHOW, id=execution_id))["execution"]["evidence"] == []
    assert list_stored(asker.directory / "evidence", tenant.workspace_id) == set()
    assert codes(await asker.ask(DELETE, id=identity)) == [("NOT_FOUND", ["id"])]


async def test_case_54_foreign_evidence_and_executions_are_not_found(
    databases: Databases, asker: Asker, execution_id: str
):
    identity = await upload(asker, execution_id)
    asker.tenant = await make_tenant(databases)
    made = await asker.ask(CREATE, input=announcement(execution_id))
    assert codes(made) == [("NOT_FOUND", ["executionId"])]
    assert codes(await asker.ask(COMPLETE, id=identity)) == [("NOT_FOUND", ["id"])]
    assert codes(await asker.ask(DELETE, id=identity)) == [("NOT_FOUND", ["id"])]
    forged = encode_id("Execution", parse_id(identity)[1])
    assert codes(await asker.ask(DELETE, id=forged)) == [("NOT_FOUND", ["id"])]


async def test_case_42_every_verb_needs_its_permission(
    tenant: Tenant, asker: Asker, execution_id: str
):
    identity = await upload(asker, execution_id)
    asker.tenant = tenant.may_not("evidence.add")
    assert await asker.codes(CREATE, input=announcement(execution_id)) == ["FORBIDDEN"]
    assert await asker.codes(COMPLETE, id=identity) == ["FORBIDDEN"]
    asker.tenant = tenant.may_only("evidence.read")
    assert await asker.codes(DELETE, id=identity) == ["FORBIDDEN"]


async def test_one_file_is_read_by_its_id(tenant: Tenant, asker: Asker, execution_id: str):
    identity = await upload(asker, execution_id)
    _, row_id = parse_id(identity)
    found = await read_evidence_file(asker.context(), row_id)
    assert found is not None
    assert found.row.id == row_id
    assert await read_evidence_file(asker.context(), new_id()) is None
