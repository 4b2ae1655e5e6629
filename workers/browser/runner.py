"""Runs one browser test through the pool and returns only when nothing of a failed run is left."""

import asyncio
from typing import Final

from domain.shared.hosts import AllowedHosts, InvalidHostError
from domain.templates.steps import StepParameter, validate_steps
from workers.browser.browser_process import BrowserLostError, BrowserUnavailableError, OnEvent
from workers.browser.job import BrowserJob, BrowserOutcome
from workers.browser.masking import SecretMask
from workers.browser.pool import BrowserPool

# A browser process ends a run by itself when its time is up, and then gathers the evidence.
_EVIDENCE_SECONDS: Final = 15.0
_TRIES_BEFORE_BEGIN: Final = 3


class BrowserTimeoutError(TimeoutError):
    """The run used up its time, and every process of it is dead.

    Attributes:
        outcome: What had been seen until then; `None` when the browser itself did not answer.
    """

    def __init__(self, message: str, outcome: BrowserOutcome | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome


async def run_browser_test(pool: BrowserPool, job: BrowserJob, on_event: OnEvent) -> BrowserOutcome:
    """Run a browser test.

    Cancelling this coroutine ends the whole process tree of the run: TERM, grace, KILL. So does
    an exception from `on_event`, which is passed on.

    Raises:
        BrowserTimeoutError: The time of the job is up.
        asyncio.CancelledError: Only after every process of the run is dead.
    """
    refused = _refuse(job)
    if refused is not None:
        return refused
    for _ in range(_TRIES_BEFORE_BEGIN):
        try:
            return await _run_once(pool, job, on_event)
        except BrowserUnavailableError as error:
            return BrowserOutcome("error", str(error))
        except BrowserLostError as error:
            lost = error
            if error.begun:
                break
    # The last words of a process may be anything.
    return BrowserOutcome("error", SecretMask(job.secrets).text(str(lost)))


async def _run_once(pool: BrowserPool, job: BrowserJob, on_event: OnEvent) -> BrowserOutcome:
    browser = await pool.take()
    try:
        async with asyncio.timeout(job.timeout_s + _EVIDENCE_SECONDS) as limit:
            outcome = await browser.run(job, on_event)
    except BaseException as error:
        await pool.retire(browser)
        if isinstance(error, TimeoutError) and limit.expired():
            raise BrowserTimeoutError(_describe_timeout(job)) from None
        raise
    if outcome.timed_out or outcome.status == "error":
        await pool.retire(browser)
    else:
        pool.give_back(browser)
    if outcome.timed_out:
        raise BrowserTimeoutError(outcome.message, outcome)
    return outcome


def _refuse(job: BrowserJob) -> BrowserOutcome | None:
    """An outcome for a job that cannot be run as it is."""
    parameters = [
        StepParameter(name, name in job.secret_parameter_names) for name in job.parameters
    ]
    errors = validate_steps(list(job.steps), parameters)
    if errors:
        return BrowserOutcome("failed", f"{errors[0].path}: {errors[0].message}.")
    try:
        AllowedHosts.parse(job.allowed_hosts)
    except InvalidHostError as error:
        return BrowserOutcome("failed", f"The list of allowed hosts cannot be read: {error}.")
    return None


def _describe_timeout(job: BrowserJob) -> str:
    return f"The run used up its {job.timeout_s:g} s, and its browser did not answer any more."
