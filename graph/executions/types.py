"""Executions, attempts and events as clients see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.elements.reading import repository as decisions
from domain.evidence import repository as evidence
from domain.executions import models
from domain.executions.reading import repository
from domain.executions.states import AttemptOutcome, Status
from domain.shared.paging import Page
from graph.elements.types import ElementCounts, ElementDecision
from graph.evidence.links import report_url
from graph.evidence.types import EvidenceFile
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.nodes import Node
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    make_connection,
    request_page,
)

EXECUTION = "Execution"
SUBJECTS = {"mission": "Mission", "browser": "MissionTest", "manual": "MissionTest"}
"""What an execution of a kind carries out."""

strawberry.enum(
    Status,
    name="ExecutionStatus",
    description="ABANDONED means given up after too many lost workers; replay it to try again.",
)
strawberry.enum(
    AttemptOutcome,
    name="AttemptOutcome",
    description="LOST: the worker never said. RELEASED: it handed the work back unspent.",
)


@strawberry.type(description="Why an execution did not succeed.")
class ExecutionError:
    """A stable code and a sentence."""

    code: str
    message: str


@strawberry.type(description="One claim of an execution by one worker, and how it ended.")
class Attempt:
    """A row of `attempts`."""

    number: int
    worker: str
    claimed_at: datetime
    finished_at: datetime | None
    outcome: AttemptOutcome | None
    error_message: str | None

    @classmethod
    def from_row(cls, row: models.Attempt) -> Self:
        """Wrap a row."""
        return cls(
            number=row.number,
            worker=row.worker,
            claimed_at=row.claimed_at,
            finished_at=row.finished_at,
            outcome=None if row.outcome is None else AttemptOutcome(row.outcome),
            error_message=row.error_message,
        )


@strawberry.type(description="One entry of an execution's stream; numbers have no gaps.")
class ExecutionEvent:
    """A row of `execution_events`."""

    seq: int
    kind: str = strawberry.field(
        description="execution.*, step.*, and child.* on what has executions below it."
    )
    data: JSON
    created_at: datetime
    execution_id: strawberry.Private[UUID]

    @described("The execution as it is now, which may be later than the event.")
    async def execution(self, info: Info) -> "Execution | None":
        """Whose stream it is."""
        return await load_execution(info.context, self.execution_id)

    @classmethod
    def from_row(cls, row: models.ExecutionEvent) -> Self:
        """Wrap a row."""
        return cls(
            seq=row.seq,
            kind=row.kind,
            data=row.data,  # type: ignore[arg-type]
            created_at=row.created_at,
            execution_id=row.execution_id,
        )


@strawberry.type(description="One unit of work: a test, a run of a mission, a probe.")
class Execution(Node):
    """A row of `executions`."""

    kind: str
    title: str
    status: Status
    queue: str | None = strawberry.field(description="Null for what no worker carries out.")
    attempt: int = strawberry.field(description="How often a worker has taken it so far.")
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    milliseconds: float | None = strawberry.field(description="From start to finish.")
    error: ExecutionError | None
    output: JSON | None
    last_seq: int = strawberry.field(description="Number of the newest event.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="The mission, or the test of a mission, that it carries out."
    )
    row_id: strawberry.Private[UUID]
    workspace_id: strawberry.Private[UUID]
    parent_id: strawberry.Private[UUID | None]
    replay_of_id: strawberry.Private[UUID | None]

    @described("What it is a part of.")
    async def parent(self, info: Info) -> "Execution | None":
        """One level up."""
        return await load_execution(info.context, self.parent_id)

    @described("The execution that this one repeats.")
    async def replay_of(self, info: Info) -> "Execution | None":
        """The earlier one."""
        return await load_execution(info.context, self.replay_of_id)

    @described("What runs below it, in the order of positions.")
    async def children(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "Connection[Execution]":
        """One level down."""
        context = info.context
        request = request_page(first=first, after=after, last=last, before=before)
        page = await context.load(repository.page_children, self.row_id, request)

        async def count() -> int:
            return await context.load(repository.count_children, self.row_id) or 0

        return make_connection(
            page or Page((), has_next=False, has_previous=False),
            Execution.from_row,
            lambda row: (row.position, row.id),
            count,
        )

    @described("Every claim so far.")
    async def attempts(self, info: Info) -> list[Attempt]:
        """In order."""
        rows = await info.context.load(repository.read_attempts, self.row_id)
        return [Attempt.from_row(row) for row in rows or []]

    @described("Its stream of events; `executionEvents` follows it live.")
    async def events(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ExecutionEvent]:
        """What happened, in order."""
        request = request_page(first=first, after=after, last=last, before=before)
        page = await info.context.load(repository.page_events, self.row_id, request)

        async def count() -> int:
            return self.last_seq

        return make_connection(
            page or Page((), has_next=False, has_previous=False),
            ExecutionEvent.from_row,
            lambda row: (row.seq,),
            count,
        )

    @described("Files that prove what happened, oldest first; null without evidence.read.")
    async def evidence(self, info: Info) -> list[EvidenceFile] | None:
        """Complete files."""
        actor = await info.context.actor()
        actor.require("evidence.read")
        rows = await info.context.load(evidence.read_files_of, self.row_id)
        return [EvidenceFile.from_row(row) for row in rows or []]

    @described("What the element cache decided; null without element.read.")
    async def decisions(self, info: Info) -> list[ElementDecision] | None:
        """In the order they were taken."""
        actor = await info.context.actor()
        actor.require("element.read")
        rows = await info.context.load(decisions.read_decisions, self.row_id)
        return [ElementDecision.from_row(row) for row in rows or []]

    @described("How often the element cache decided what.")
    async def element_counts(self, info: Info) -> ElementCounts:
        """Sums, of this execution alone."""
        counts = await info.context.load(decisions.count_decisions, self.row_id)
        return ElementCounts.from_counts(counts or decisions.DecisionCounts())

    @described("Its report as a page, which can be read for an hour without signing in.")
    async def report_url(self, info: Info) -> str | None:
        """A signed link; it shows evidence too."""
        actor = await info.context.actor()
        actor.require("evidence.read")
        return report_url(info.context, self.workspace_id, self.row_id)

    @classmethod
    def from_row(cls, row: models.Execution) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(EXECUTION, row.id),
            kind=row.kind,
            title=row.title,
            status=Status(row.status),
            queue=row.queue,
            attempt=row.attempt,
            due_at=row.due_at,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            cancel_requested_at=row.cancel_requested_at,
            milliseconds=measure(row),
            error=describe_error(row),
            output=row.output,  # type: ignore[arg-type]
            last_seq=row.last_seq,
            subject_id=identify_subject(row),
            row_id=row.id,
            workspace_id=row.workspace_id,
            parent_id=row.parent_id,
            replay_of_id=row.replay_of,
        )


async def load_execution(context: Context, identity: UUID | None) -> Execution | None:
    """An execution by id, together with all others that are asked for at the same moment."""
    if identity is None:
        return None
    row = await context.load(repository.read_executions, identity)
    return None if row is None else Execution.from_row(row)


def measure(row: models.Execution) -> float | None:
    """Milliseconds from start to finish."""
    if row.started_at is None or row.finished_at is None:
        return None
    return (row.finished_at - row.started_at).total_seconds() * 1000


def describe_error(row: models.Execution) -> ExecutionError | None:
    """Code and message, where there is either."""
    if row.error_code is None and row.error_message is None:
        return None
    return ExecutionError(
        code=row.error_code or Status(row.status).name, message=row.error_message or ""
    )


def identify_subject(row: models.Execution) -> strawberry.ID | None:
    """The global id of what an execution carries out."""
    type_name = SUBJECTS.get(row.kind)
    if row.subject_id is None or type_name is None:
        return None
    return encode_id(type_name, row.subject_id)
