"""A whole mission run as it is found in practice: passed, healed, abstained, lost and retried."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.evidence.models import EvidenceKind
from domain.evidence.storage import EvidenceStorage
from domain.executions.models import Execution
from domain.executions.states import AttemptOutcome, Status
from domain.shared.database import Session
from tests.factories.elements import add_decision, add_element, add_version
from tests.factories.evidence import make_evidence, png_bytes
from tests.factories.executions import add_attempt, add_event, add_execution, after
from tests.factories.workspaces import Tenant

TARGET = "http://shop.example.test:8080"
RECOVERY_SECONDS = 14.0
Picture = Callable[[str], Path]
"""Makes a picture that shows what a caption says."""

HEALED: Mapping[str, object] = {
    "method": "healed",
    "score": 84.1,
    "reason": "same name and purpose, nothing else on the page comes close",
    "layers": {
        "structural": 71.0,
        "visual": 86.0,
        "behavioural": 97.0,
        "context": 92.0,
        "changes": {
            "selector": ["input[name=_save]", "div.submit-row > button.primary"],
            "tag": ["input", "button"],
            "classes": ["default", "primary wide"],
            "@type": ["submit", ""],
        },
    },
}
ABSTAINED: Mapping[str, object] = {
    "score": 62.0,
    "runner_up": 60.5,
    "reason": "two elements fit almost equally well",
    "usage": {
        "model": "small-1",
        "prompt": "act.v1",
        "requests": 1,
        "input_tokens": 3_104,
        "output_tokens": 18,
        "cost_usd": 0.00097,
    },
    "layers": {"structural": 58.0, "visual": 64.0, "behavioural": 90.0, "context": 41.0},
    "candidates": [
        {"element": "link “Delete” in “Recent actions”", "reason": "62 % alike", "score": 62.0},
        {"element": "link “Delete” (deletelink)", "reason": "60 % alike", "score": 60.5},
        {"element": "button “Remove”", "reason": "31 % alike, another name", "score": 31.0},
    ],
}


@dataclass(frozen=True)
class Step:
    """A step that took `ms`; `decision` is what the element cache did."""

    title: str
    ms: float
    kind: str = "act"
    decision: str = ""
    message: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Chapter:
    """A test: when it began, in seconds, its steps and how it ended."""

    title: str
    begin: float
    steps: Sequence[Step] = ()
    status: Status = Status.SUCCEEDED
    error: str | None = None
    lost: bool = False
    kind: str = "browser"
    output: Mapping[str, object] | None = None

    @property
    def end(self) -> float:
        took = sum(step.ms for step in self.steps) / 1000 + 0.4
        return self.begin + took + (RECOVERY_SECONDS if self.lost else 0)


CHAPTERS = (
    Chapter(
        "Log in to the back office",
        0.2,
        (
            Step("Open the sign-in page", 412, "goto"),
            Step("Fill “Username” with “dana”", 96, decision="hit"),
            Step("Fill “Password” with {{password}}", 88, "fill"),
            Step("Click the Log in button", 734, decision="hit_verified"),
            Step("See “Site administration”", 31, "expect_text"),
        ),
    ),
    Chapter(
        "Add a customer and save",
        2.1,
        (
            Step("Open /admin/customers/add/", 388, "goto"),
            Step("Fill “Name” with “Ada Lovelace”", 121, decision="hit"),
            Step("Choose “Premium” as plan", 164, decision="learned"),
            Step("Click the Save button", 911, decision="healed", details=HEALED),
            Step("See “was added successfully”", 44, "expect_text"),
            Step("Keep a picture", 133, "screenshot"),
        ),
    ),
    Chapter(
        "Search for the customer, then filter the list by plan and country",
        4.5,
        (
            Step("Open /admin/customers/", 402, "goto"),
            Step("Fill the search box with “Ada”", 101, decision="hit"),
            Step("Press Enter", 655, "press"),
            Step("Count one row", 22, "expect_count"),
        ),
        lost=True,
        output={"extracted": {"customer": "Ada Lovelace", "orders": 3}},
    ),
    Chapter(
        "Delete the customer",
        21.4,
        (
            Step("Open /admin/customers/17/change/", 397, "goto"),
            Step(
                "Click the Delete link",
                3120,
                decision="abstained",
                message="Two elements answer “Delete”, and neither is certain enough to click.",
                details=ABSTAINED,
            ),
        ),
        status=Status.FAILED,
        error="Step 2, Click the Delete link: two elements answer “Delete” equally well.",
    ),
    Chapter(
        "Alarm arrives at the duty desk",
        26.0,
        kind="manual",
        output={"note": "Alarm seen on the wall screen after 40 seconds.\nTicket OPS-1182 opened."},
    ),
    Chapter("Export the customer list", 26.6, status=Status.CANCELED),
)


async def tell_story(
    tenant: Tenant,
    storage: EvidenceStorage,
    picture: Picture,
    directory: Path,
    chapters: Sequence[Chapter] = CHAPTERS,
    title: str = "Back office smoke test, release 4.2",
) -> Execution:
    """A stored mission run with its tests, attempts, events, decisions and evidence."""
    async with tenant.begin() as uow:
        run = await add_execution(
            uow.session,
            tenant,
            kind="mission",
            queue=None,
            title=title,
            status=Status.FAILED,
            input={"base_url": TARGET},
            attempt=0,
            finished_at=after(67.5),
        )
        tests = [
            await _add_chapter(uow.session, tenant, run, number, chapter)
            for number, chapter in enumerate(chapters)
        ]
    for test, chapter in zip(tests, chapters, strict=True):
        if chapter.steps:
            await _add_files(tenant, storage, test, chapter, picture, directory)
    return run


async def _add_chapter(
    session: Session, tenant: Tenant, run: Execution, number: int, chapter: Chapter
) -> Execution:
    is_manual = chapter.kind == "manual"
    test = await add_execution(
        session,
        tenant,
        parent_id=run.id,
        kind=chapter.kind,
        title=chapter.title,
        status=chapter.status,
        position=number,
        attempt=2 if chapter.lost else int(not is_manual),
        input={"base_url": TARGET},
        output=chapter.output,
        error_code="STEP_FAILED" if chapter.error else None,
        error_message=chapter.error,
        started_at=None if chapter.status is Status.CANCELED else after(chapter.begin),
        finished_at=after(67.4 if is_manual else chapter.end),
    )
    begin = chapter.begin
    if chapter.lost:
        await add_attempt(session, test, 1, AttemptOutcome.LOST, claimed=begin, finished=begin + 12)
        await _add_steps(session, tenant, test, 1, chapter.steps[:2], begin)
        begin += RECOVERY_SECONDS
    if chapter.steps:
        outcome = AttemptOutcome(chapter.status.value)
        await add_attempt(session, test, test.attempt, outcome, claimed=begin, finished=chapter.end)
        await _add_steps(session, tenant, test, test.attempt, chapter.steps, begin)
    return test


async def _add_steps(
    session: Session,
    tenant: Tenant,
    test: Execution,
    attempt: int,
    steps: Sequence[Step],
    begin: float,
) -> None:
    await add_event(session, test, "execution.started", {"worker": "worker-1"}, at=begin)
    moment = begin
    for index, step in enumerate(steps):
        common = {"index": index, "kind": step.kind, "title": step.title}
        await add_event(session, test, "step.started", common, at=moment)
        moment += step.ms / 1000
        outcome = "failed" if step.message else "passed"
        told = {**common, "outcome": outcome, "ms": step.ms, "message": step.message}
        await add_event(session, test, "step.finished", told, at=moment)
        if step.decision:
            known = {"attempt": attempt, "step_index": index, **step.details}
            if step.decision == "healed":
                known |= await _add_portraits(session, tenant)
            await add_decision(session, test, step.decision, **known)


async def _add_portraits(session: Session, tenant: Tenant) -> dict[str, object]:
    """An element with two versions, each with its picture."""
    element = await add_element(session, tenant)
    for version, picture in ((1, png_bytes(90, 34, 120)), (2, png_bytes(240, 44, 60))):
        await add_version(session, element, version, picture=picture)
    return {"element_id": element.id, "version": 1, "new_version": 2}


async def _add_files(
    tenant: Tenant,
    storage: EvidenceStorage,
    test: Execution,
    chapter: Chapter,
    picture: Picture,
    directory: Path,
) -> None:
    for index, step in enumerate(chapter.steps):
        if step.kind == "screenshot" or step.message:
            name = "failure" if step.message else "customer added"
            await make_evidence(
                tenant, storage, test, picture(step.title), name=name, step_index=index
            )
    await make_evidence(tenant, storage, test, picture(chapter.title))
    if not chapter.error:
        return
    console = directory / "console.txt"
    console.write_text(
        "    0.412 [log] ready\n"
        "    0.871 [warning] Deprecated: jQuery.trim\n"
        "    1.204 [error] Failed to load resource: the server responded with status 500\n"
    )
    network = directory / "network.json"
    network.write_text(
        json.dumps(
            {
                "blocked": [
                    {"host": "stats.example.net", "port": 443, "reason": "not allowed", "times": 3}
                ],
                "failed": [],
                "errors": [
                    {"method": "GET", "url": f"{TARGET}/admin/jsi18n/", "type": "x", "status": 500}
                ],
            }
        )
    )
    for path, kind, claimed in (
        (console, EvidenceKind.CONSOLE, "text/plain"),
        (network, EvidenceKind.NETWORK, "application/json"),
    ):
        await make_evidence(
            tenant, storage, test, path, name=kind.value, kind=kind, content_type=claimed
        )
