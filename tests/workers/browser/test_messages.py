"""Jobs, events and outcomes survive the way between worker and browser process."""

import asyncio
from pathlib import Path

import pytest

from workers.browser.channel import (
    MAX_MESSAGE_BYTES,
    BrokenChannelError,
    encode_message,
    read_message,
)
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome, EvidenceFile
from workers.browser.llm.endpoint import Endpoint

pytestmark = pytest.mark.unit

JOB = BrowserJob(
    run_id="run",
    steps=({"kind": "goto", "url": "/"},),
    evidence_dir=Path("/evidence"),
    allowed_hosts=("127.0.0.1",),
    base_url="http://127.0.0.1",
    parameters={"user": "anna", "word": "hunter2", "empty": ""},
    secret_parameter_names=frozenset({"word", "empty"}),
    viewport=(640, 480),
    uploads={"plan": Path("/plan")},
    stored_elements=({"step_key": "k"},),
    llm=Endpoint("http://llm.test/v1", "sk-hidden", "m"),
)
OUTCOME = BrowserOutcome(
    "failed",
    "Step 1 failed.",
    failed_step=0,
    milliseconds=12.5,
    evidence=(EvidenceFile(Path("/e/a.png"), "screenshot", "image/png", "a", 0),),
    decisions=({"method": "cache"},),
    learned=({"reason": "learned"},),
    outputs={"total": "7"},
    timed_out=True,
)


async def travel(message: dict[str, object]) -> dict[str, object]:
    """Send a message through the encoding."""
    reader = asyncio.StreamReader()
    reader.feed_data(encode_message(message))
    received = await read_message(reader)
    assert received is not None
    return received


async def test_a_job_arrives_as_it_was() -> None:
    assert BrowserJob.from_json(await travel(JOB.to_json())) == JOB


async def test_an_outcome_arrives_as_it_was() -> None:
    assert BrowserOutcome.from_json(await travel(OUTCOME.to_json())) == OUTCOME


async def test_an_event_arrives_as_it_was() -> None:
    event = BrowserEvent("step.started", 1.5, {"index": 0})
    assert BrowserEvent.from_json(await travel(event.to_json())) == event


def test_paths_travel_as_absolute_ones() -> None:
    job = BrowserJob("run", (), Path("var/evidence"), uploads={"plan": Path("plan")})
    arrived = BrowserJob.from_json(job.to_json())
    assert arrived.evidence_dir == Path.cwd() / "var" / "evidence"
    assert arrived.uploads == {"plan": Path.cwd() / "plan"}


def test_a_job_does_not_show_its_parameters() -> None:
    assert "hunter2" not in repr(JOB)
    assert "sk-hidden" not in repr(JOB)
    assert JOB.secrets == ("hunter2",)


@pytest.mark.parametrize("cut", [0, 2, 4, 9])
async def test_a_message_that_was_cut_off_is_the_end(cut: int) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(encode_message({"type": "ready"})[:cut])
    reader.feed_eof()
    assert await read_message(reader) is None


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b""])
async def test_what_is_no_message_is_refused(body: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(len(body).to_bytes(4, "big") + body)
    with pytest.raises(BrokenChannelError):
        await read_message(reader)


async def test_an_endless_message_is_refused_before_it_is_read() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data((MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"))
    with pytest.raises(BrokenChannelError, match="too long"):
        await read_message(reader)
