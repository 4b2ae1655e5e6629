"""How a browser run ends in the words of the engine."""

from pathlib import Path
from typing import Any

import pytest

from domain.executions.records import NewEvent
from domain.executions.states import AttemptOutcome
from domain.shared.errors import DomainError, Unavailable
from domain.shared.settings import Settings
from workers.browser.job import BrowserJob, BrowserOutcome
from workers.runners import browser
from workers.runners.browser import BrowserRunner, describe_end, describe_llm

pytestmark = pytest.mark.unit


def test_a_passed_run_succeeds_with_what_it_extracted():
    end = describe_end(BrowserOutcome("passed", milliseconds=12.5, outputs={"found": "1 user"}))
    assert end.outcome is AttemptOutcome.SUCCEEDED
    assert end.output == {
        "milliseconds": 12.5,
        "failed_step": None,
        "extracted": {"found": "1 user"},
        "environment": {},
    }


def test_a_failed_run_keeps_its_sentence_and_its_step():
    end = describe_end(BrowserOutcome("failed", "Step 2 found nothing.", failed_step=1))
    assert (end.outcome, end.error_code) == (AttemptOutcome.FAILED, "TEST_FAILED")
    assert end.is_final
    assert end.error_message == "Step 2 found nothing."
    assert end.output is not None
    assert end.output["failed_step"] == 1


def test_a_browser_that_cannot_work_is_not_the_applications_fault():
    end = describe_end(BrowserOutcome("error", "Chromium was not found."))
    assert (end.outcome, end.error_code) == (AttemptOutcome.FAILED, "BROWSER_ERROR")
    assert not end.is_final


def test_time_that_is_up_counts_before_everything_else():
    end = describe_end(BrowserOutcome("failed", "Out of time.", timed_out=True))
    assert end.outcome is AttemptOutcome.TIMED_OUT
    assert end.is_final


class Keeping(BrowserRunner):
    """A runner whose browser says that the test passed, and whose stores fail as they are told."""

    def __init__(self, *failures: DomainError) -> None:
        self.failures = list(failures)
        self.kept = 0
        self.told: list[NewEvent] = []

    async def _run_job(self, *_: Any) -> BrowserOutcome:
        return BrowserOutcome("passed")

    async def _keep(self, *_: Any) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.kept += 1

    def report(self, event: NewEvent, progress: object = None) -> None:
        self.told.append(event)

    async def go(self, claim: Any) -> BrowserOutcome:
        job = BrowserJob("run", (), Path("/nowhere"))
        return await self._run_and_keep(claim, claim, job, self.report)


class AnyClaim:
    """What is only named in the log."""

    id = "01"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses."""
    monkeypatch.setattr(browser, "KEEP_PAUSE_SECONDS", 0)


async def test_a_store_that_is_away_for_a_moment_is_waited_for():
    runner = Keeping(Unavailable("away"), Unavailable("away"))
    assert (await runner.go(AnyClaim())).status == "passed"
    assert (runner.kept, runner.told) == (1, [])


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        ([Unavailable("away")] * browser.KEEP_TRIES, "The database was away."),
        ([DomainError("The disk is full.")], "The disk is full."),
    ],
)
async def test_a_verdict_outlives_evidence_that_cannot_be_kept(
    failures: list[DomainError], reason: str
):
    runner = Keeping(*failures)
    assert (await runner.go(AnyClaim())).status == "passed"
    assert runner.kept == 0
    (event,) = runner.told
    assert str(event.data["message"]).endswith(reason)


LLM = {"llm_url": "https://llm.example.com/v1/", "llm_key": "sk-1", "llm_model": "small"}


def test_a_language_model_is_used_when_address_key_and_model_are_set():
    settings = Settings(**LLM, llm_run_tokens=7, llm_input_price=0.5)
    endpoint = describe_llm(settings)
    assert endpoint is not None
    assert endpoint.base_url == "https://llm.example.com/v1"
    assert (endpoint.api_key, endpoint.model) == ("sk-1", "small")
    assert (endpoint.run_tokens, endpoint.input_price) == (7, 0.5)
    assert "sk-1" not in f"{settings!r} {endpoint!r} {settings.model_dump()}"


@pytest.mark.parametrize("missing", LLM)
def test_without_one_of_them_no_language_model_is_asked(missing: str):
    assert describe_llm(Settings(**{**LLM, missing: ""})) is None
