"""The doors people and machines knock at: GraphiQL, health, metrics, and a hostile document."""

import time

import httpx
import pytest
from playwright.async_api import Browser

from e2e.live_stack import LiveStack

pytestmark = [pytest.mark.e2e, pytest.mark.heavy]

BOMB_SECONDS = 0.05
BOMB_TRIES = 5
FRAGMENTS = 20


def write_bomb() -> str:
    """Twenty fragments that each spread the next one twice: a million fields when written out."""
    links = "".join(
        f"fragment F{number} on Query{{...F{number + 1} ...F{number + 1}}}"
        for number in range(1, FRAGMENTS)
    )
    return f"{{...F1}}{links}fragment F{FRAGMENTS} on Query{{__typename}}"


@pytest.mark.parametrize("address", ["/graphiql", "/graphql"])
async def test_graphiql_runs_a_query_in_a_browser(
    stack: LiveStack, browser: Browser, address: str
) -> None:
    page = await browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(f"{stack.url}{address}")
    await page.get_by_role("button", name="Execute query").click()
    result = page.locator(".result-window")
    await result.get_by_text('"Query"').wait_for()
    text = await result.inner_text()
    await page.close()

    assert "__typename" in text
    assert "errors" not in text
    assert problems == []


async def test_the_fragment_bomb_is_answered_at_once(stack: LiveStack) -> None:
    bomb = write_bomb()
    seconds = []
    async with httpx.AsyncClient(base_url=stack.url) as anyone:
        await anyone.post("/graphql", json={"query": "{__typename}"})
        for _ in range(BOMB_TRIES):
            begun = time.perf_counter()
            answer = await anyone.post("/graphql", json={"query": bomb})
            seconds.append(time.perf_counter() - begun)

    assert len(bomb) <= 724
    assert answer.json()["errors"][0]["message"]
    assert min(seconds) < BOMB_SECONDS, "other work on the machine only adds to it"


async def test_machines_are_told_how_it_is(stack: LiveStack) -> None:
    async with httpx.AsyncClient(base_url=stack.url) as anyone:
        alive, ready = await anyone.get("/healthz"), await anyone.get("/readyz")
        metrics, database = await anyone.get("/metrics"), await anyone.get("/api/v1/diag/db")

    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "missing": []})
    assert metrics.status_code == 200
    assert "# TYPE metamorph_" in metrics.text
    assert database.json()["reachable"] is True
    assert database.json()["alembic_revision"]
    assert database.json()["table_count"] > 10
