"""A mission from outside: it runs, its evidence can be fetched, its report can be read."""

import hashlib
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from e2e import journeys
from e2e.demo.client import Client
from e2e.small_site import SmallSite

pytestmark = [pytest.mark.e2e, pytest.mark.heavy]

PNG = b"\x89PNG\r\n\x1a\n"
TESTS: dict[str, journeys.Steps] = {
    "Greet": journeys.GREET,
    "Look twice": [
        {"kind": "goto", "url": "/"},
        {"kind": "screenshot", "name": "before"},
        *journeys.GREET[1:],
    ],
}


@pytest_asyncio.fixture(scope="module")
async def outcome(client: Client, site: SmallSite) -> journeys.Outcome:
    """A run of two tests that has ended."""
    mission = await journeys.make_mission(client, f"http://{site.host}", TESTS)
    run = await journeys.start(client, mission)
    await journeys.follow(client, run)
    return await journeys.read(client, run)


async def test_a_mission_of_two_browser_tests_succeeds(outcome: journeys.Outcome) -> None:
    assert {name: test["status"] for name, test in outcome.tests.items()} == {
        "Greet": "SUCCEEDED",
        "Look twice": "SUCCEEDED",
    }
    assert outcome.run["status"] == "SUCCEEDED"


async def test_every_piece_of_evidence_can_be_downloaded(outcome: journeys.Outcome) -> None:
    files = [file for test in outcome.tests.values() for file in test["evidence"]]
    pictures = [file for file in files if file["kind"] == "SCREENSHOT"]

    async with httpx.AsyncClient() as anyone:
        bodies = {file["downloadUrl"]: await _fetch(anyone, file) for file in files}

    assert {"before"} <= {file["name"].removesuffix(".png") for file in pictures}
    assert len(pictures) >= len(TESTS) + 1
    assert all(bodies[file["downloadUrl"]].startswith(PNG) for file in pictures)
    assert len({hashlib.sha256(bodies[file["downloadUrl"]]).digest() for file in pictures}) > 1


async def test_the_report_shows_its_pictures_in_a_browser(
    outcome: journeys.Outcome, browser: Browser
) -> None:
    page = await browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    answer = await page.goto(outcome.run["reportUrl"])
    pictures = page.locator("figure img")
    sizes = []
    for picture in await pictures.all():
        await picture.evaluate(
            "image => { image.closest('details')?.setAttribute('open', '');"
            " image.loading = 'eager'; return image.decode(); }"
        )
        sizes.append(await picture.evaluate("image => image.naturalWidth"))
    text = await page.locator("body").inner_text()
    await page.close()

    assert answer is not None
    assert answer.status == 200
    assert len(sizes) >= len(TESTS) + 1
    assert all(sizes)
    assert all(name in text for name in TESTS)
    assert errors == []


async def _fetch(anyone: httpx.AsyncClient, file: dict[str, Any]) -> bytes:
    answer = await anyone.get(file["downloadUrl"])
    assert answer.status_code == 200, file
    assert len(answer.content) == file["sizeBytes"]
    return answer.content


async def test_a_file_that_was_added_as_evidence_is_given_to_a_page(
    client: Client, site: SmallSite, outcome: journeys.Outcome
) -> None:
    await journeys.upload(client, outcome.tests["Greet"]["id"], "plan.txt", b"the plan")
    steps: journeys.Steps = [
        {"kind": "goto", "url": "/reader"},
        {"kind": "upload", "selector": "#file", "evidence": "plan.txt"},
        {"kind": "expect_text", "selector": "h1", "text": "plan.txt: the plan"},
    ]
    mission = await journeys.make_mission(client, f"http://{site.host}", {"Read": steps})
    run = await journeys.start(client, mission)
    await journeys.follow(client, run)
    (read,) = (await journeys.read(client, run)).tests.values()
    assert (read["status"], read["error"]) == ("SUCCEEDED", None)
