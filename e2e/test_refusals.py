"""Bad input, and what it gets: a sentence with a place, never a stack trace."""

from collections.abc import Iterator

import pytest
import pytest_asyncio

from e2e import journeys
from e2e.demo.client import Client
from e2e.small_site import SmallSite, serve_small_site

pytestmark = [pytest.mark.e2e, pytest.mark.heavy]

STRANGE = "Visit a strange host"
NOTHING = "Click what is not there"
CREATE_TEST = """
mutation($input: CreateTestTemplateInput!) {
  createTestTemplate(input: $input) { testTemplate { id } userErrors { code field message } }
}"""


@pytest.fixture(scope="module")
def strange_site() -> Iterator[SmallSite]:
    """A site that the workspace does not allow."""
    with serve_small_site() as served:
        yield served


@pytest_asyncio.fixture(scope="module")
async def outcome(client: Client, site: SmallSite, strange_site: SmallSite) -> journeys.Outcome:
    """A run of two tests that cannot succeed."""
    tests: dict[str, journeys.Steps] = {
        STRANGE: [{"kind": "goto", "url": f"http://{strange_site.host}/"}],
        NOTHING: [
            {"kind": "goto", "url": "/"},
            {"kind": "click", "selector": "#nothing", "timeout_seconds": 1},
        ],
    }
    mission = await journeys.make_mission(client, f"http://{site.host}", tests)
    run = await journeys.start(client, mission)
    await journeys.follow(client, run)
    return await journeys.read(client, run)


async def test_a_host_that_is_not_allowed_fails_the_test_and_is_not_contacted(
    outcome: journeys.Outcome, strange_site: SmallSite
) -> None:
    test = outcome.tests[STRANGE]

    assert test["status"] == "FAILED"
    assert "127.0.0.1" in test["error"]["message"]
    assert "is not allowed in this workspace" in test["error"]["message"]
    assert strange_site.paths == []


async def test_a_selector_that_matches_nothing_is_named_and_pictured(
    outcome: journeys.Outcome,
) -> None:
    test = outcome.tests[NOTHING]
    message = test["error"]["message"]
    pictures = [file for file in test["evidence"] if file["kind"] == "SCREENSHOT"]

    assert test["status"] == "FAILED"
    assert message.startswith("Step 2 (")
    assert "#nothing" in message
    assert "Traceback" not in message
    assert "\n" not in message
    assert pictures
    assert outcome.run["status"] == "FAILED"


async def test_an_unknown_kind_of_step_is_refused_with_its_place(client: Client) -> None:
    steps = [{"kind": "goto", "url": "/"}, {"kind": "fly"}]
    data = await client.query(CREATE_TEST, input={"name": "Fly", "kind": "BROWSER", "steps": steps})
    payload = data["createTestTemplate"]

    assert payload["testTemplate"] is None
    assert [error["field"] for error in payload["userErrors"]] == [["steps", "1", "kind"]]
    assert payload["userErrors"][0]["code"] == "BAD_USER_INPUT"
    assert "fly" in payload["userErrors"][0]["message"]
