"""Browser tests: prepare from rows, run in a warm browser, keep evidence and what was learned."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog

from domain.elements.hot import HotElements, NoHotElements
from domain.elements.recall import recall_elements
from domain.elements.records import DECIDED, tell_decision
from domain.elements.remember import RememberRun, remember_run
from domain.evidence.errors import AttemptReplaced
from domain.evidence.models import EvidenceKind
from domain.evidence.pick import pick_uploads
from domain.evidence.storage import EvidenceStorage
from domain.evidence.store import LocalFile, StoreFiles, store_files
from domain.executions.records import AttemptEnd, Claim, NewEvent
from domain.executions.states import AttemptOutcome
from domain.executions.tree.repository import read_execution
from domain.missions.prepare import PreparedTest, prepare_browser_test
from domain.shared.crypto import Sealer
from domain.shared.database import JsonObject
from domain.shared.errors import DomainError, NotFound, Unavailable
from domain.shared.log_secrets import hide_from_logs, knowing_secrets
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome, EvidenceFile, Json
from workers.browser.llm.endpoint import Endpoint
from workers.browser.pool import BrowserPool
from workers.browser.runner import run_browser_test
from workers.browser.seen import Seen
from workers.browser.uninterrupted import finish
from workers.browser.uploads import list_named_files
from workers.executions.runner import Report

log = structlog.get_logger()

KIND = "browser"
QUEUE = "browser"
KEEP_TRIES, KEEP_PAUSE_SECONDS = 20, 0.5
OVERTIME_SECONDS = 60.0
"""A browser process that ends a run in time gathers evidence for up to 15 s, which is then stored."""


class BrowserRunner:
    """Carries out browser tests of missions.

    Args:
        pool: Warm browsers.
        units: The application's units of work; every use names the workspace.
        sealer: Opens secret parameters.
        settings: Evidence policies and directories.
        hot: Copies of what elements are remembered as.
    """

    overtime_seconds = OVERTIME_SECONDS

    def __init__(
        self,
        pool: BrowserPool,
        units: UnitsOfWork,
        sealer: Sealer,
        settings: Settings,
        hot: HotElements | None = None,
    ) -> None:
        self._pool = pool
        self._hot = hot or NoHotElements()
        self._units = units
        self._sealer = sealer
        self._settings = settings
        self._storage = EvidenceStorage(settings.evidence_dir)

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        """Run the test; its processes are dead when this returns or raises."""
        with knowing_secrets():
            return await self._run(claim, report)

    async def _run(self, claim: Claim, report: Report) -> AttemptEnd:
        ready = await self._prepare(claim)
        hide_from_logs(ready.test.parameters[name] for name in ready.test.secret_names)
        hide_from_logs([self._settings.llm_key.get_secret_value()])
        # In the pool's directory, which is swept when this worker is killed.
        inside = self._pool.directory
        directory = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="run-", dir=inside))
        try:
            job = self._describe_job(claim, ready, directory)
            outcome = await self._run_and_keep(claim, ready.test, job, report)
        finally:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
        return describe_end(outcome, describe_environment(job))

    async def _prepare(self, claim: Claim) -> "_Ready":
        async with self._units.database.session(claim.workspace_id) as session:
            execution = await read_execution(session, claim.id)
            if execution is None or claim.subject_id is None:
                raise NotFound("The test of this execution")
            test = await prepare_browser_test(session, self._sealer, claim.subject_id, execution)
            elements = await recall_elements(session, claim.workspace_id, test.scope_id, self._hot)
            uploads = await pick_uploads(
                session,
                self._storage,
                claim.workspace_id,
                list_named_files(test.steps, test.parameters),
                subject_id=test.mission_id,
            )
        return _Ready(test, tuple(elements), uploads)

    def _describe_job(self, claim: Claim, ready: "_Ready", directory: Path) -> BrowserJob:
        test = ready.test
        return BrowserJob(
            run_id=f"{claim.id}-{claim.attempt}",
            steps=test.steps,
            evidence_dir=directory,
            allowed_hosts=test.allowed_hosts,
            base_url=test.base_url,
            parameters=test.parameters,
            secret_parameter_names=test.secret_names,
            timeout_s=claim.timeout_seconds,
            trace=self._settings.trace,
            video=self._settings.video,
            uploads=ready.uploads,
            stored_elements=ready.elements,
            element_layers=test.element_layers,
            healing=test.healing.value,
            llm=describe_llm(self._settings),
        )

    async def _run_and_keep(
        self, claim: Claim, test: PreparedTest, job: BrowserJob, report: Report
    ) -> BrowserOutcome:
        """Run a job and store what it left behind, also when it is stopped on its way."""
        seen = Seen()
        try:
            outcome = await self._run_job(claim, job, report, seen)
        except asyncio.CancelledError:
            try:
                await finish(self._keep(claim, test, job, seen))
            except Exception:  # process edge: the run ends as it was told, whatever is lost of it
                log.exception("evidence.lost", execution=str(claim.id))
            raise
        await self._keep_patiently(claim, test, job, seen, report)
        return outcome

    async def _keep_patiently(
        self, claim: Claim, test: PreparedTest, job: BrowserJob, seen: Seen, report: Report
    ) -> None:
        """Store what a run left; a test that has ended is not repeated because that cannot be."""
        for _ in range(KEEP_TRIES):
            try:
                await self._keep(claim, test, job, seen)
            except Unavailable as error:
                log.warning("evidence.waits", execution=str(claim.id), error=error.message)
                await asyncio.sleep(KEEP_PAUSE_SECONDS)
            except DomainError as error:
                reason = error.message
                break
            except (TypeError, LookupError) as error:
                reason = f"What the browser told cannot be read ({error})."
                break
            else:
                return
        else:
            reason = "The database was away."
        log.error("evidence.lost", execution=str(claim.id), reason=reason)
        message = f"The files and decisions of this run could not be kept: {reason}"
        report(NewEvent("log", {"level": "error", "message": message}), None)

    async def _run_job(
        self, claim: Claim, job: BrowserJob, report: Report, seen: Seen
    ) -> BrowserOutcome:
        total = len(job.steps)

        async def pass_on(event: BrowserEvent) -> None:
            if event.kind == "elements.decided":
                for decision in cast("Sequence[Json]", event.data["decisions"]):
                    report(NewEvent(DECIDED, tell_decision(decision, claim.attempt)), None)
                return
            told = {name: value for name, value in event.data.items() if name != "path"}
            data = {**told, "elapsed_ms": event.elapsed_ms}
            index = event.data.get("index")
            progress: JsonObject | None = None
            if event.kind == "step.finished" and isinstance(index, int):
                progress = {"step": index + 1, "steps": total}
            report(NewEvent(event.kind, data), progress)

        return await run_browser_test(self._pool, job, pass_on, seen)

    async def _keep(self, claim: Claim, test: PreparedTest, job: BrowserJob, seen: Seen) -> None:
        command = StoreFiles(
            claim.workspace_id,
            claim.id,
            claim.attempt,
            [describe_file(file) for file in seen.evidence],
            job.secrets,
        )
        try:
            stored = await store_files(self._units, self._storage, command)
        except AttemptReplaced:
            return
        for refused in stored.refused:
            log.warning("evidence.refused", execution=str(claim.id), reason=refused.reason)
        async with self._units.begin(claim.workspace_id) as uow:
            await remember_run(
                uow,
                RememberRun(
                    workspace_id=claim.workspace_id,
                    execution_id=claim.id,
                    attempt=claim.attempt,
                    scope_id=test.scope_id,
                    decisions=seen.decisions,
                    learned=seen.learned,
                ),
            )


@dataclass(frozen=True, slots=True)
class _Ready:
    """A test with what is remembered of its elements and where the files lie that it uploads."""

    test: PreparedTest
    elements: tuple[Mapping[str, object], ...]
    uploads: Mapping[str, Path]


def describe_file(file: EvidenceFile) -> LocalFile:
    """A captured file in the words of the evidence feature."""
    kind = EvidenceKind(file.kind)
    return LocalFile(file.path, kind, file.name, file.content_type, file.step_index)


def describe_llm(settings: Settings) -> Endpoint | None:
    """The language model that browser tests may ask; none unless address, key and model are set."""
    key = settings.llm_key.get_secret_value()
    if not settings.llm_url or not key or not settings.llm_model:
        return None
    return Endpoint(
        base_url=settings.llm_url.rstrip("/"),
        api_key=key,
        model=settings.llm_model,
        timeout_seconds=settings.llm_timeout_seconds,
        run_tokens=settings.llm_run_tokens,
        input_price=settings.llm_input_price,
        output_price=settings.llm_output_price,
    )


def describe_environment(job: BrowserJob) -> dict[str, object]:
    """What a reader of the report asks first: against what, in which window."""
    width, height = job.viewport
    return {"address": job.base_url, "window": f"{width} x {height}"}


def describe_end(
    outcome: BrowserOutcome, environment: dict[str, object] | None = None
) -> AttemptEnd:
    """A browser run's end in the words of the engine."""
    output: dict[str, object] = {
        "milliseconds": outcome.milliseconds,
        "failed_step": outcome.failed_step,
        "extracted": dict(outcome.outputs),
        "environment": environment or {},
    }
    if outcome.timed_out:
        return AttemptEnd(
            AttemptOutcome.TIMED_OUT, output, "TIMED_OUT", outcome.message, is_final=True
        )
    if outcome.status == "passed":
        return AttemptEnd(AttemptOutcome.SUCCEEDED, output)
    if outcome.status == "failed":
        return AttemptEnd(
            AttemptOutcome.FAILED, output, "TEST_FAILED", outcome.message, is_final=True
        )
    return AttemptEnd(AttemptOutcome.FAILED, output, "BROWSER_ERROR", outcome.message)
