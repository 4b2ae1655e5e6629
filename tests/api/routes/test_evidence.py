"""Evidence goes in and out by signed links, and a browser can do nothing with it but look."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from api.answers import answer_domain_error, answer_http_error
from api.metrics import Metrics
from api.middleware.headers import SecurityHeaders
from api.middleware.requests import RequestLog
from api.routes.evidence import evidence_routes
from domain.evidence.links import LinkSigner, LinkVerb
from domain.evidence.models import EvidenceFile, EvidenceKind
from domain.evidence.rules import EvidenceLimits
from domain.evidence.storage import EvidenceStorage
from domain.evidence.upload import CompleteUpload, CreateUpload, complete_upload, create_upload
from domain.executions.models import Execution
from domain.shared.crypto import KEY_BYTES
from domain.shared.errors import DomainError
from tests.factories.accounts import SettableClock
from tests.factories.evidence import list_stored, make_evidence, png_bytes
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

PNG = png_bytes()
LIMITS = EvidenceLimits(file_bytes=5000)


@dataclass
class World:
    """One workspace with an execution, and a client of the routes."""

    tenant: Tenant
    execution: Execution
    storage: EvidenceStorage
    signer: LinkSigner
    clock: SettableClock
    client: httpx.AsyncClient
    directory: Path

    def link(self, verb: LinkVerb, file_id: UUID) -> str:
        return f"/api/v1/evidence/{self.signer.sign(verb, self.tenant.workspace_id, file_id)}"

    async def announce(self, size: int = len(PNG), name: str = "photo.png") -> EvidenceFile:
        async with self.tenant.begin() as uow:
            command = CreateUpload(self.execution.id, name, "image/png", size)
            return await create_upload(uow, self.tenant.actor, command)

    async def store(self, name: str, content_type: str, data: bytes) -> str:
        """A stored file's download link."""
        source = self.directory / "source.bin"
        source.write_bytes(data)
        file = await make_evidence(
            self.tenant,
            self.storage,
            self.execution,
            source,
            name=name,
            kind=EvidenceKind.UPLOAD,
            content_type=content_type,
        )
        return self.link(LinkVerb.DOWNLOAD, file.id)

    def stored(self) -> set[str]:
        return list_stored(self.directory / "evidence", self.tenant.workspace_id)


@pytest.fixture
async def world(databases: Databases, tmp_path: Path) -> AsyncIterator[World]:
    tenant = await make_tenant(databases)
    clock = SettableClock()
    storage = EvidenceStorage(tmp_path / "evidence")
    signer = LinkSigner(b"k" * KEY_BYTES, clock)
    app = Starlette(
        routes=evidence_routes(databases.app, storage, signer, LIMITS),
        middleware=[
            Middleware(RequestLog, metrics=Metrics()),
            Middleware(SecurityHeaders, encrypted=False),
        ],
        exception_handlers={DomainError: answer_domain_error, HTTPException: answer_http_error},
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        execution = await make_execution(tenant)
        yield World(tenant, execution, storage, signer, clock, client, tmp_path)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_file_makes_the_whole_journey(world: World):
    file = await world.announce()
    sent = await world.client.put(world.link(LinkVerb.UPLOAD, file.id), content=PNG)
    assert (sent.status_code, sent.content) == (204, b"")
    async with world.tenant.begin() as uow:
        await complete_upload(uow, world.storage, world.tenant.actor, CompleteUpload(file.id))
    got = await world.client.get(world.link(LinkVerb.DOWNLOAD, file.id))
    assert (got.status_code, got.content) == (200, PNG)
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"].startswith('inline; filename="photo.png"')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert "default-src 'none'" in got.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "claimed", "data"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("drawing.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
        ("picture.png", "image/png", PNG + b"<script>alert(1)</script>"),
    ],
)
async def test_case_49_what_could_act_is_only_saved(
    world: World, name: str, claimed: str, data: bytes
):
    got = await world.client.get(await world.store(name, claimed, data))
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


async def test_case_50_a_dangerous_name_becomes_a_harmless_header(world: World):
    link = await world.store('../a"\r\nX-Evil: 1\x00\u202e%20ü文.png', "image/png", PNG)
    got = await world.client.get(link)
    assert "x-evil" not in got.headers
    assert got.headers["content-disposition"] == (
        'inline; filename="aX-Evil 1_20__.png"; '
        "filename*=UTF-8''aX-Evil%201%2520%C3%BC%E6%96%87.png"
    )
    assert all(len(name) == 67 and name[3:].isalnum() for name in world.stored())


async def test_case_51_a_mismatch_is_served_as_bytes(world: World):
    got = await world.client.get(await world.store("a.png", "image/png", b"no picture"))
    assert got.headers["content-type"] == "application/octet-stream"


async def test_plain_text_may_be_read_in_place(world: World):
    got = await world.client.get(await world.store("log.txt", "text/plain", b"<b>hello</b>"))
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["content-disposition"].startswith("inline;")


@pytest.mark.parametrize("announced", [True, False])
async def test_case_53_too_many_bytes_get_413_and_leave_nothing(world: World, announced: bool):
    file = await world.announce()
    body = b"x" * 6000
    content = body if announced else chunks(body[:3000], body[3000:])
    got = await world.client.put(world.link(LinkVerb.UPLOAD, file.id), content=content)
    assert (got.status_code, got.json()["error"]["code"]) == (413, "TOO_LARGE")
    assert got.headers["connection"] == "close"
    assert world.stored() == set()


async def test_too_few_bytes_are_refused(world: World):
    file = await world.announce()
    got = await world.client.put(world.link(LinkVerb.UPLOAD, file.id), content=PNG[:-1])
    assert (got.status_code, world.stored()) == (400, set())


async def test_case_54_a_link_into_another_workspace_finds_nothing(
    world: World, databases: Databases
):
    link = await world.store("a.png", "image/png", PNG)
    file_id = world.signer.open(link.rsplit("/", 1)[1], LinkVerb.DOWNLOAD).subject_id
    stranger = await make_tenant(databases)
    token = world.signer.sign(LinkVerb.DOWNLOAD, stranger.workspace_id, file_id)
    assert (await world.client.get(f"/api/v1/evidence/{token}")).status_code == 404


async def test_case_55_an_expired_or_altered_link_is_refused(world: World):
    link = await world.store("a.png", "image/png", PNG)
    assert (await world.client.get(link[:-1] + "~")).status_code == 403
    assert (await world.client.get(link[:-5] + "AAAAA")).status_code == 403
    world.clock.pass_time(timedelta(seconds=299))
    assert (await world.client.get(link)).status_code == 200
    world.clock.pass_time(timedelta(seconds=2))
    got = await world.client.get(link)
    assert (got.status_code, got.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_a_link_to_read_does_not_write(world: World):
    link = await world.store("a.png", "image/png", PNG)
    assert (await world.client.put(link, content=b"x")).status_code == 403


async def test_a_part_can_be_asked_for(world: World):
    link = await world.store("a.png", "image/png", PNG)
    got = await world.client.get(link, headers={"Range": "bytes=1-3"})
    assert (got.status_code, got.content) == (206, b"PNG")
    assert got.headers["content-range"] == f"bytes 1-3/{len(PNG)}"
    assert (await world.client.head(link)).headers["content-length"] == str(len(PNG))


async def test_bytes_that_are_gone_are_not_found(world: World):
    link = await world.store("a.png", "image/png", PNG)
    (name,) = world.stored()
    (world.directory / "evidence" / str(world.tenant.workspace_id) / name).unlink()
    assert (await world.client.get(link)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_case_60_no_token_reaches_the_log(world: World, method: str):
    link = await world.store("a.png", "image/png", PNG)
    with structlog.testing.capture_logs() as lines:
        got = await world.client.request(method, link)
    assert got.status_code in (200, 403, 405)
    assert lines
    assert link.rsplit("/", 1)[1][:20] not in str(lines)
