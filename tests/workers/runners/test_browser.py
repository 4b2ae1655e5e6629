"""How a browser run ends in the words of the engine."""

import pytest

from domain.executions.states import AttemptOutcome
from workers.browser.job import BrowserOutcome
from workers.runners.browser import describe_end

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
