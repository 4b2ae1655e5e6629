"""An operator changes how much clients may ask for; without a word of his the defaults hold."""

from dataclasses import replace

import httpx
import pytest
from pydantic import ValidationError

from api.app import assemble, make_bounds
from api.cli.configuration import read_settings
from api.graphql.bounds import Bounds
from api.metrics import Metrics
from api.stack.errors import StackError
from domain.shared.settings import Settings
from graph.support.limits import Limits
from tests.api.graphql.hostile import write_nested
from tests.api.graphql.server import serve_toy
from tests.factories.accounts import ISSUER

pytestmark = pytest.mark.integration

SETTINGS = {
    "METAMORPH_GRAPHQL_COST": "50",
    "METAMORPH_GRAPHQL_DEPTH": "3",
    "METAMORPH_GRAPHQL_BODY_BYTES": "1000",
    "METAMORPH_SOCKET_OPERATIONS": "2",
}
CHANGES = {"graphql_cost": 50, "graphql_depth": 4, "graphql_body_bytes": 1000}
REFUSALS = {
    "{ missions(first: 51) { edges { node { id } } } }": (400, "52 or more; 50 is allowed"),
    "{ node(id: 1) { ... on Mission { latestRun { parent { parent { id } } } } } }": (
        400,
        "5 levels of",
    ),
    "{ me { id } }" + " " * 1000: (413, "at most 1000 bytes"),
}
DEEPEST = 40


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What an operator wrote into the environment."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_without_settings_the_defaults_hold():
    assert Limits.from_settings(Settings()) == Limits()
    assert make_bounds(Settings()) == Bounds()


def test_settings_reach_the_limits(chosen: Settings):
    assert Limits.from_settings(chosen) == replace(Limits(), cost=50, depth=3)
    assert make_bounds(chosen) == replace(Bounds(), body_bytes=1000, operations=2)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("value", ["0", "-1", "1000000000", "many"])
def test_a_limit_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    monkeypatch.setenv(name, value)
    with pytest.raises(StackError, match=f"^{name} is not valid"):
        read_settings()


@pytest.mark.parametrize("query", REFUSALS)
async def test_the_api_refuses_what_only_the_operator_minds(parts, workspace_member, query: str):
    member = await workspace_member()
    changed = parts.settings.model_copy(update=CHANGES)
    answers = []
    for settings in (parts.settings, changed):
        app = assemble(replace(parts, settings=settings, metrics=Metrics()))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            body = {"query": query}
            answers.append(await client.post("/graphql", json=body, headers=member.headers))
    usual, refused = answers
    status, words = REFUSALS[query]
    assert (usual.status_code, usual.json().get("errors")) == (200, None)
    assert refused.status_code == status
    assert words in refused.json()["errors"][0]["message"]


async def test_the_deepest_document_that_can_be_allowed_runs():
    assert Settings(graphql_depth=DEEPEST).graphql_depth == DEEPEST
    with pytest.raises(ValidationError):
        Settings(graphql_depth=DEEPEST + 1)
    async with serve_toy(limits=Limits(depth=DEEPEST)) as server:
        answer = await server.post(write_nested(DEEPEST))
    assert (answer.status_code, answer.json().get("errors")) == (200, None)
