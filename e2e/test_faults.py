"""Connections lost and processes killed in the middle of a run: nothing is lost, nothing twice."""

import asyncio
import time

import psutil
import pytest

from e2e import journeys
from e2e.demo.client import Client
from e2e.live_stack import OwnStack
from e2e.small_site import SmallSite

pytestmark = [pytest.mark.e2e, pytest.mark.heavy]

RECOVERY_SECONDS = 30
BROWSER_END_SECONDS = 10
ASKED_SECONDS = 45
CANCEL_SECONDS = 15
TESTS = {"First": journeys.HELD, "Second": journeys.GREET}


async def start_held_run(
    client: Client, site: SmallSite, tests: dict[str, journeys.Steps] = TESTS
) -> str:
    """A run whose first test waits for the site, in the browser; returns its id."""
    mission = await journeys.make_mission(client, f"http://{site.host}", tests)
    site.hold()
    run = await journeys.start(client, mission)
    assert await asyncio.to_thread(site.asked.wait, ASKED_SECONDS)
    return run


def assert_complete(events: list[journeys.Json], history: list[journeys.Json]) -> None:
    """The events are all there are, each once, in order, up to the end of the run."""
    assert [event["seq"] for event in events] == [event["seq"] for event in history]
    assert len({event["seq"] for event in events}) == len(events)
    assert [event["kind"] for event in history].count("RUN_FINISHED") == 1
    assert history[-1]["kind"] == "RUN_FINISHED"


async def test_a_client_that_reconnects_with_after_sees_every_event_once(
    client: Client, site: SmallSite
) -> None:
    run = await start_held_run(client, site)
    seen = []
    stream = client.watch(journeys.PROGRESS, id=run, after=0)
    async for event in stream:
        seen.append(event)
        if event["kind"] == "TEST_STARTED":
            break
    await stream.aclose()

    site.released.set()
    seen += await journeys.follow(client, run, after=seen[-1]["seq"])

    assert_complete(seen, await journeys.follow(client, run))


async def test_a_canceled_run_ends_at_once_and_keeps_what_was_seen_until_then(
    client: Client, site: SmallSite, own_stack: OwnStack
) -> None:
    tests = {"Stopped": [*journeys.GREET, journeys.HELD[0]]}
    run = await start_held_run(client, site, tests)
    await journeys.cancel(client, run)
    await asyncio.wait_for(journeys.follow(client, run), CANCEL_SECONDS)
    outcome = await journeys.read(client, run)

    assert outcome.run["status"] == "CANCELED"
    assert outcome.endings_of("Stopped") == ["CANCELED"]
    pictures = [(one["name"], one["stepIndex"]) for one in outcome.tests["Stopped"]["evidence"]]
    assert ("stopped.png", 4) in pictures
    assert [one["stepIndex"] for one in outcome.tests["Stopped"]["decisions"]] == [1, 2]


async def test_a_killed_worker_delays_a_mission_and_changes_nothing_else(
    client: Client, site: SmallSite, own_stack: OwnStack
) -> None:
    run = await start_held_run(client, site)
    browsers = own_stack.browser_processes()
    assert browsers

    own_stack.process("worker").kill()
    killed = time.monotonic()
    site.released.set()
    events = await journeys.follow(client, run)
    seconds = time.monotonic() - killed
    _, alive = psutil.wait_procs(browsers, timeout=BROWSER_END_SECONDS)
    outcome = await journeys.read(client, run)

    assert seconds < RECOVERY_SECONDS
    assert outcome.run["status"] == "SUCCEEDED"
    assert {name: outcome.endings_of(name) for name in TESTS} == {
        "First": ["SUCCEEDED"],
        "Second": ["SUCCEEDED"],
    }
    assert outcome.tests["First"]["attempt"] == 2
    assert alive == []
    assert_complete(events, await journeys.follow(client, run))


async def test_a_killed_api_comes_back_and_its_clients_miss_nothing(
    client: Client, site: SmallSite, own_stack: OwnStack
) -> None:
    run = await start_held_run(client, site)
    restarts = own_stack.restarts("api")
    following = asyncio.create_task(journeys.follow(client, run))

    own_stack.process("api").kill()
    site.released.set()
    events = await asyncio.wait_for(following, RECOVERY_SECONDS)
    outcome = await journeys.read(client, run)

    assert own_stack.restarts("api") == restarts + 1
    assert outcome.run["status"] == "SUCCEEDED"
    assert [outcome.tests[name]["attempt"] for name in TESTS] == [1, 1]
    assert_complete(events, await journeys.follow(client, run))
