"""A workspace whose reports can be asked for, as a client asks."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.answers import answer_domain_error, answer_http_error
from api.reports.build import Reports
from api.routes.evidence import evidence_routes
from api.routes.reports import reports_routes
from domain.evidence.links import LinkSigner, LinkVerb
from domain.evidence.storage import EvidenceStorage
from domain.executions.models import Execution
from domain.shared.actor import Actor
from domain.shared.clock import SystemClock
from domain.shared.crypto import KEY_BYTES
from domain.shared.errors import DomainError, Unauthenticated
from tests.factories.evidence import png_bytes
from tests.factories.stories import CHAPTERS, tell_story
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases


class Clock:
    """The machine's clock, moved ahead when told."""

    ahead = timedelta()

    def now(self):
        return SystemClock().now() + self.ahead


@dataclass
class World:
    """A workspace whose reports can be asked for by its one person."""

    tenant: Tenant
    storage: EvidenceStorage
    signer: LinkSigner
    clock: Clock
    client: httpx.AsyncClient
    directory: Path
    asking: Actor | None = None

    async def tell(self, chapters=CHAPTERS, title: str = "Smoke test") -> Execution:
        picture = self.directory / "picture.png"
        picture.write_bytes(png_bytes(1280, 720))
        return await tell_story(
            self.tenant, self.storage, lambda _: picture, self.directory, chapters, title
        )

    async def read(self, execution: Execution) -> str:
        """The page of an execution, with every run of white space as one space."""
        got = await self.client.get(self.link(execution))
        assert got.status_code == 200
        return re.sub(r"\s+", " ", got.text)

    def link(self, execution: Execution, workspace_id=None) -> str:
        workspace = workspace_id or self.tenant.workspace_id
        token = self.signer.sign(LinkVerb.REPORT, workspace, execution.id, seconds=3600)
        return f"/reports/executions/{execution.id}?link={token}"


@pytest.fixture
async def world(databases: Databases, tmp_path: Path) -> AsyncIterator[World]:
    tenant = await make_tenant(databases)
    clock = Clock()
    storage = EvidenceStorage(tmp_path / "evidence")
    signer = LinkSigner(b"k" * KEY_BYTES, clock)

    async def authenticate(_: Request) -> Actor:
        if world.asking is None:
            raise Unauthenticated("Sign in first.")
        return world.asking

    app = Starlette(
        routes=[
            *reports_routes(
                Reports(databases.app, storage, signer, clock), signer, authenticate, clock
            ),
            *evidence_routes(databases.app, storage, signer),
        ],
        exception_handlers={DomainError: answer_domain_error, HTTPException: answer_http_error},
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        world = World(tenant, storage, signer, clock, client, tmp_path)
        yield world
