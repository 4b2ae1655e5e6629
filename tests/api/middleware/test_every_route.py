"""Every answer of every route says what a browser may do with it, whatever went wrong."""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from api.app import Parts, assemble
from tests.factories.accounts import ISSUER

pytestmark = pytest.mark.integration

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
BROKEN = "/test/broken"


def paths_of(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """An address for every route, parameters filled in."""
    for route in routes:
        if isinstance(route, Mount):
            yield f"{route.path}/index.html"
            yield f"{route.path}/missing"
        elif isinstance(route, Route):
            yield route.path.replace("{id}", "1").replace("{token}", "x").replace("{name}", "x")


async def break_down(*_: object) -> None:
    """A mistake of ours."""
    raise RuntimeError("broken on purpose")


@pytest.fixture(params=["http", "https"])
def scheme(request: pytest.FixtureRequest) -> str:
    """How people reach the installation."""
    return request.param


@pytest.fixture
async def app(parts: Parts, scheme: str) -> AsyncIterator[Starlette]:
    """The whole application, and one route that breaks."""
    settings = parts.settings.model_copy(update={"public_url": f"{scheme}://metamorph.test"})
    app = assemble(replace(parts, settings=settings))
    app.router.routes.append(Route(BROKEN, break_down))
    yield app


async def test_every_answer_carries_the_headers(app: Starlette, scheme: str):
    paths = [*paths_of(app.routes), "/not-there", "/graphql/deeper"]
    assert len(paths) > 10
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    wrong: list[str] = []
    seen: set[int] = set()
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        for path in paths:
            for method in METHODS:
                answer = await client.request(method, path)
                seen.add(answer.status_code)
                wrong += [f"{method} {path}: {name}" for name in missing(answer, scheme)]
    assert wrong == []
    assert seen >= {200, 404, 405, 415, 500}


def missing(answer: httpx.Response, scheme: str) -> list[str]:
    """The names of headers that are not there, or say something else."""
    headers = answer.headers
    found = [name for name, value in ALWAYS.items() if headers.get(name) != value]
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
        found.append(f"content-security-policy: {policy}")
    if ("strict-transport-security" in headers) is not (scheme == "https"):
        found.append("strict-transport-security")
    found += [name for name in ("server", "x-powered-by") if name in headers]
    return found
