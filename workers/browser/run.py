"""One run of a browser test inside a browser process: steps in order, then the evidence."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from playwright.async_api import BrowserContext, Error, Page

from domain.elements.policy import Policy
from domain.shared.hosts import AllowedHosts
from domain.templates.placeholders import fill_placeholders
from domain.templates.step_keys import key_steps
from workers.browser.addresses import join_url, split_place
from workers.browser.capture import Capture
from workers.browser.guard import NetworkGuard
from workers.browser.job import (
    BrowserEvent,
    BrowserJob,
    BrowserOutcome,
    EventKind,
    Json,
    OutcomeStatus,
)
from workers.browser.llm.model import Model
from workers.browser.locating import Locating
from workers.browser.masking import SecretMask
from workers.browser.pages import Pages
from workers.browser.recording import Recording
from workers.browser.sentences import (
    describe_failure,
    explain_element_error,
    explain_navigation_error,
    name_step,
    quote,
    shorten_quotes,
)
from workers.browser.steps import ACTIONS, Scope, StepFailedError
from workers.browser.wording import NotLocatedError

# Playwright keeps its own time; this catches calls that have none, such as a key press.
_SLACK_SECONDS: Final = 1.0
_FAILURE_PICTURE_MS: Final = 3_000.0
_PICTURES: Final[dict[OutcomeStatus, str]] = {"passed": "final", "stopped": "stopped"}
_STOPPED: Final = "the run was asked to stop"
_MOVED: Final = "another page was opened"
_ENDED: Final = re.compile(r"has been closed|Connection closed")
_SILENT: Final = "the page does not answer any more; a script in it may never end"


class Run:
    """Carries one job through one fresh browser context."""

    def __init__(
        self,
        job: BrowserJob,
        context: BrowserContext,
        page: Page,
        guard: NetworkGuard,
        emit: Callable[[BrowserEvent], None],
    ) -> None:
        self._job = job
        self._guard = guard
        self._emit_event = emit
        self._mask = SecretMask(job.secrets)
        self.allowed = AllowedHosts.parse(job.allowed_hosts)
        self._locating = Locating(
            stored=job.stored_elements,
            secrets=job.secrets,
            policy=Policy.weighing(job.element_layers),
            healing=job.healing,
            model=None if job.llm is None else Model(job.llm, job.secrets),
        )
        self._outputs: dict[str, object] = {}
        self._gone = False
        self._stopped = False
        self._moved = False
        self._scope: Scope | None = None
        self._step_timer: asyncio.Timeout | None = None
        self._began = time.perf_counter()
        self._capture = Capture(
            job.evidence_dir,
            self._mask,
            job.secrets,
            guard,
            lambda file: self._emit("evidence.captured", file.to_json()),
        )
        self._pages = Pages(
            context,
            page,
            guard,
            note=self._capture.note,
            interrupt=self._interrupt,
            move_on=self._move_on,
        )
        self._recording = Recording(job, context, self._mask, self._capture)
        self._capture.attach(context)

    async def execute(self) -> BrowserOutcome:
        """Run all steps, gather the evidence, say how it ended."""
        await self._recording.start()
        outcome = await self._run_steps()
        if not self._gone:
            outcome = await self._take_last_picture(outcome)
            await self._recording.keep_trace(failed=_has_failed(outcome))
        self._capture.write_logs()
        return replace(
            outcome, milliseconds=self._elapsed_ms(), outputs=self._masked(self._outputs)
        )

    def keep_video(self, recorded: Path, outcome: BrowserOutcome) -> None:
        """Make the video evidence, if the policy wants it."""
        self._recording.keep_video(recorded, failed=_has_failed(outcome))

    def lose_browser(self) -> None:
        """The browser is gone: end the step that is running."""
        self._gone = True
        self._interrupt()

    def stop(self) -> None:
        """End the step that is running, begin no other, and gather the evidence."""
        self._stopped = True
        self._interrupt()

    async def _run_steps(self) -> BrowserOutcome:
        keys = key_steps(self._job.steps)
        index = 0
        try:
            async with asyncio.timeout(self._job.timeout_s):
                for index, step in enumerate(self._job.steps):
                    if self._stopped:
                        return BrowserOutcome("stopped", _STOPPED, index)
                    failure = await self._run_step(index, step, keys[index])
                    if failure is not None:
                        return BrowserOutcome(self._judge(), failure, index)
        except TimeoutError:
            message = f"The run used up its {self._job.timeout_s:g} s during step {index + 1}."
            return BrowserOutcome("failed", message, index, timed_out=True)
        return BrowserOutcome("passed")

    def _judge(self) -> OutcomeStatus:
        """What a step that did not pass says of the run."""
        if self._gone:
            return "error"
        return "stopped" if self._stopped else "failed"

    async def _run_step(self, index: int, step: Json, key: str) -> str | None:
        """Run one step; the sentence of its failure, or ``None`` when it passed."""
        title = self._word(name_step(step, self._shown_parameters()))
        about: dict[str, object] = {"index": index, "kind": step["kind"], "title": title}
        self._emit("step.started", about)
        began = time.perf_counter()
        reason: str | None = "the time of the run is up"
        try:
            reason = await self._try_step(index, step, key)
        finally:
            finished = about | {
                "outcome": "passed" if reason is None else "stopped" if self._stopped else "failed",
                "milliseconds": round((time.perf_counter() - began) * 1000, 1),
                "element": self._masked(self._locating.summarise(index)),
            }
            failure = None if reason is None else describe_failure(index + 1, title, reason)
            self._emit(
                "step.finished", finished if failure is None else {**finished, "message": failure}
            )
            self._announce_decisions(passed=reason is None)
        return failure

    async def _try_step(self, index: int, step: Json, key: str) -> str | None:
        """Run one step; why it failed, as part of a sentence, or ``None``."""
        scope = self._make_scope(index, step, key)
        reason = await self._perform(scope)
        while reason == _MOVED and not self._gone and not self._stopped:
            scope.page = self._pages.current
            reason = await self._perform(scope)
        if self._gone:
            return "the browser stopped unexpectedly"
        if self._stopped and reason is not None:
            return _STOPPED
        reason = self._pages.trouble or reason
        return None if reason is None else self._word(reason)

    async def _perform(self, scope: Scope) -> str | None:
        self._scope, self._moved = scope, False
        try:
            async with asyncio.timeout(scope.left_s + _SLACK_SECONDS) as self._step_timer:
                await ACTIONS[str(scope.step["kind"])](scope)
        except (StepFailedError, NotLocatedError) as error:
            return str(error)
        except TimeoutError:
            return _MOVED if self._moved else self._explain_silence()
        except Error as error:
            return _MOVED if self._moved else await self._explain(error, scope)
        finally:
            self._step_timer = None
        return None

    async def _explain(self, error: Error, scope: Scope) -> str:
        message = error.message
        if _ENDED.search(message):
            # Only the page may have been closed, or all of the browser be gone.
            self._gone = not await self._pages.are_reachable()
        if scope.step["kind"] == "goto":
            url = join_url(self._job.base_url, scope.text("url"))
            place = split_place(url)
            known = None if place is None else self._guard.find_problem(*place)
            return known or explain_navigation_error(message, url, scope.waited_s)
        timed_out = "Timeout" in message
        if timed_out and not self._pages.trouble and not await self._pages.answers():
            return self._explain_silence()
        return explain_element_error(message, scope.pointed, scope.waited_s, was_found=scope.acted)

    def _explain_silence(self) -> str:
        awaited = self._pages.awaited
        return _SILENT if awaited is None else f"{quote(awaited)} was opened and has not answered"

    def _make_scope(self, index: int, step: Json, key: str) -> Scope:
        seconds = float(cast("float", step.get("timeout_seconds", self._job.step_timeout_s)))

        async def take_picture(name: str, full_page: bool) -> None:
            await self._capture.take_picture(self._pages.current, name, index, full_page)

        return Scope(
            page=self._pages.current,
            step={name: self._fill(value) for name, value in step.items()},
            index=index,
            key=key,
            job=self._job,
            allowed=self.allowed,
            locating=self._locating,
            outputs=self._outputs,
            take_picture=take_picture,
            deadline=asyncio.get_running_loop().time() + seconds,
            seconds=seconds,
        )

    async def _take_last_picture(self, outcome: BrowserOutcome) -> BrowserOutcome:
        passed = outcome.status == "passed"
        if not passed or not await self._draw(outcome, self._job.step_timeout_s * 1000):
            await self._pages.stop_loading()
            if not await self._draw(outcome, _FAILURE_PICTURE_MS):
                self._log(
                    "warning", "No picture could be taken: the page does not let itself be drawn."
                )
        trouble = self._pages.trouble
        if not passed or trouble is None:
            return outcome
        # The last step sent the page somewhere it may not go, and was over before that showed.
        last = len(self._job.steps) - 1
        title = self._word(name_step(self._job.steps[last], self._shown_parameters()))
        message = describe_failure(last + 1, title, self._word(trouble))
        return BrowserOutcome("failed", message, last)

    async def _draw(self, outcome: BrowserOutcome, timeout_ms: float) -> bool:
        name = _PICTURES.get(outcome.status, "failure")
        step = outcome.failed_step
        try:
            await self._capture.take_picture(self._pages.current, name, step, timeout_ms=timeout_ms)
        except (Error, TimeoutError):
            return False
        return True

    def _move_on(self) -> None:
        """Another page is current: a step that only looks begins again, there."""
        if self._scope is not None and not self._scope.acted:
            self._moved = True
            self._interrupt()

    def _interrupt(self) -> None:
        """End the running step at once."""
        if self._step_timer is not None and not self._step_timer.expired():
            self._step_timer.reschedule(asyncio.get_running_loop().time())

    def _fill(self, value: object) -> object:
        if isinstance(value, str):
            return fill_placeholders(value, self._job.parameters)
        if isinstance(value, list):
            return [self._fill(one) for one in value]
        return value

    def _shown_parameters(self) -> dict[str, str]:
        secret = self._job.secret_parameter_names
        return {name: value for name, value in self._job.parameters.items() if name not in secret}

    def _word(self, sentence: str) -> str:
        """A sentence without secrets; only then may it be cut."""
        return shorten_quotes(self._mask.text(sentence))

    def _masked(self, value: Json) -> Json:
        return cast("Json", self._mask.json(value))

    def _announce_decisions(self, *, passed: bool) -> None:
        """Tell what was decided and learned since the last step: the next one may be the end."""
        decisions, learned = self._locating.take(passed=passed)
        if decisions or learned:
            masked = {"decisions": decisions, "learned": learned}
            self._emit("elements.decided", self._masked(masked))

    def _log(self, level: str, message: str) -> None:
        self._capture.note(f"[{level}] {message}")
        self._emit("log", {"level": level, "message": self._mask.text(message)})

    def _emit(self, kind: EventKind, data: Json) -> None:
        self._emit_event(BrowserEvent(kind, self._elapsed_ms(), data))

    def _elapsed_ms(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 1)


def _has_failed(outcome: BrowserOutcome) -> bool:
    return outcome.status in ("failed", "error")
