"""Runs one browser test through the pool and returns only when nothing of a failed run is left."""

import asyncio
from typing import Final

import structlog

from domain.shared.hosts import AllowedHosts, InvalidHostError
from domain.templates.steps import StepParameter, validate_steps
from workers.browser.browser_process import BrowserLostError, BrowserUnavailableError, OnEvent
from workers.browser.job import BrowserJob, BrowserOutcome
from workers.browser.masking import SecretMask
from workers.browser.pool import BrowserPool
from workers.browser.seen import Seen

log = structlog.get_logger()

# A browser process ends a run by itself when its time is up, and then gathers the evidence.
_EVIDENCE_SECONDS: Final = 15.0
_TRIES_BEFORE_BEGIN: Final = 3


async def run_browser_test(
    pool: BrowserPool, job: BrowserJob, on_event: OnEvent, seen: Seen | None = None
) -> BrowserOutcome:
    """Run a browser test.

    Cancelling this coroutine lets the browser gather its evidence for a moment, then ends the
    whole process tree of the run: TERM, grace, KILL. An exception from `on_event` ends the tree
    at once, and is passed on.

    Args:
        seen: Gathers files and decisions as they come, for a caller that may be cancelled.

    Raises:
        asyncio.CancelledError: Only after every process of the run is dead.
    """
    seen = seen or Seen()
    refused = _refuse(job)
    if refused is not None:
        return refused
    # The last words of a process may be anything.
    mask = SecretMask(job.secrets)
    for _ in range(_TRIES_BEFORE_BEGIN):
        try:
            return await _run_once(pool, job, on_event, seen)
        except BrowserUnavailableError as error:
            return BrowserOutcome("error", str(error))
        except BrowserLostError as error:
            lost = error
            told = [mask.text(line) for line in error.last_lines]
            log.error("browser.lost", run=job.run_id, reason=mask.text(str(error)), told=told)
            if error.begun:
                break
    return seen.complete(BrowserOutcome("error", mask.text(str(lost))))


async def _run_once(
    pool: BrowserPool, job: BrowserJob, on_event: OnEvent, seen: Seen
) -> BrowserOutcome:
    browser = await pool.take()
    try:
        async with asyncio.timeout(job.timeout_s + _EVIDENCE_SECONDS) as limit:
            outcome = await browser.run(job, on_event, seen)
    except BaseException as error:
        await pool.retire(browser)
        if isinstance(error, TimeoutError) and limit.expired():
            return seen.complete(BrowserOutcome("error", _describe_timeout(job), timed_out=True))
        raise
    if outcome.timed_out or outcome.status == "error":
        await pool.retire(browser)
    else:
        pool.give_back(browser)
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
