"""Executions, attempts and events as clients see them."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.elements.reading import repository as elements
from domain.evidence import repository as files
from domain.executions import models
from domain.executions.reading import repository
from domain.executions.states import AttemptOutcome, Status
from graph.elements.types import ElementCounts, ElementDecision
from graph.evidence.links import report_url
from graph.evidence.types import EvidenceFile
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.lists import connected
from graph.support.nodes import Node
from graph.support.paging import Connection
from graph.support.rows import Shown, column, computed, global_id, related

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
class Attempt(Shown):
    """A row of `attempts`."""

    row: strawberry.Private[models.Attempt]
    number: int = column()
    worker: str = column()
    claimed_at: datetime = column()
    finished_at: datetime | None = column()
    outcome: AttemptOutcome | None = column(AttemptOutcome)
    error_message: str | None = column()


@strawberry.type(description="One entry of an execution's stream; numbers have no gaps.")
class ExecutionEvent(Shown):
    """A row of `execution_events`."""

    row: strawberry.Private[models.ExecutionEvent]
    seq: int = column()
    kind: str = column(
        description="execution.*, step.*, and child.* on what has executions below it."
    )
    data: JSON = column()
    created_at: datetime = column()
    execution: "Execution | None" = related(
        repository.read_executions,
        "execution_id",
        description="The execution as it is now, which may be later than the event.",
    )


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


@strawberry.type(description="One unit of work: a test, a run of a mission, a probe.")
class Execution(Shown, Node):
    """A row of `executions`."""

    row: strawberry.Private[models.Execution]
    id: strawberry.ID = global_id(EXECUTION)
    kind: str = column()
    title: str = column()
    status: Status = column(Status)
    queue: str | None = column(description="Null for what no worker carries out.")
    attempt: int = column(description="How often a worker has taken it so far.")
    due_at: datetime = column()
    created_at: datetime = column()
    started_at: datetime | None = column()
    finished_at: datetime | None = column()
    cancel_requested_at: datetime | None = column()
    milliseconds: float | None = computed(
        measure, "started_at", "finished_at", description="From start to finish."
    )
    error: ExecutionError | None = computed(describe_error, "error_code", "error_message", "status")
    output: JSON | None = column()
    last_seq: int = column(description="Number of the newest event.")
    subject_id: strawberry.ID | None = computed(
        identify_subject,
        "kind",
        "subject_id",
        description="The mission, or the test of a mission, that it carries out.",
    )
    parent: "Execution | None" = related(
        repository.read_executions, "parent_id", description="What it is a part of."
    )
    replay_of: "Execution | None" = related(
        repository.read_executions,
        "replay_of",
        description="The execution that this one repeats.",
    )
    children: "Connection[Execution]" = connected(
        repository.page_children, description="What runs below it, in the order of positions."
    )
    attempts: list[Attempt] = related(repository.read_attempts, description="Every claim so far.")
    events: Connection[ExecutionEvent] = connected(
        repository.page_events,
        length="last_seq",
        description="Its stream of events; `executionEvents` follows it live.",
    )
    evidence: list[EvidenceFile] | None = related(
        files.read_files_of,
        permission="evidence.read",
        description="Files that prove what happened, oldest first; null without evidence.read.",
    )
    decisions: list[ElementDecision] | None = related(
        elements.read_decisions,
        permission="element.read",
        description="What the element cache decided; null without element.read.",
    )
    element_counts: ElementCounts = related(
        elements.count_decisions,
        show=ElementCounts.from_counts,
        missing=elements.DecisionCounts(),
        description="How often the element cache decided what.",
    )

    @described(
        "Its report as a page, which can be read for an hour without signing in.",
        uses=("id", "workspace_id"),
    )
    async def report_url(self, info: Info) -> str | None:
        """A signed link; it shows evidence too."""
        actor = await info.context.actor()
        actor.require("evidence.read")
        return report_url(info.context, self.row.workspace_id, self.row.id)


async def load_execution(context: Context, identity: UUID | None) -> Execution | None:
    """An execution by id, together with all others that are asked for at the same moment."""
    if identity is None:
        return None
    row = await context.load(repository.read_executions, identity)
    return None if row is None else Execution.from_row(row)
