"""What clients send about executions, and how it becomes commands."""

import strawberry

from domain.executions.reading.repository import ExecutionFilter, ExecutionOrder
from domain.executions.record import RecordResult
from domain.executions.states import Status
from domain.shared.checks import Checks
from graph.executions.types import EXECUTION, SUBJECTS
from graph.support.ordering import OrderDirection
from graph.support.targets import identify

MAX_KIND_LENGTH = 40
KEY = (
    "1 to 255 characters. Within 24 hours the same key of the same person returns what the first"
    " request started; with other arguments it is refused. Each mutation has keys of its own."
)

strawberry.enum(
    ExecutionOrder, name="ExecutionOrderField", description="What executions are sorted by."
)


@strawberry.input(name="ExecutionFilter", description="Conditions that all hold.")
class ExecutionFilterInput:
    """Which executions."""

    status: list[Status] | None = strawberry.field(
        default=None, description="One of these; ABANDONED alone lists the dead letters."
    )
    kind: str | None = strawberry.field(default=None, description="mission, browser, manual, probe")
    root_only: bool = strawberry.field(default=False, description="Nothing that is a part.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="Runs of this mission, or of this test of a mission."
    )

    def to_filter(self) -> ExecutionFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can equal.
        """
        checks = Checks()
        checks.text(self.kind or "", ("kind",), longest=MAX_KIND_LENGTH)
        checks.settle()
        subjects = sorted(set(SUBJECTS.values()))
        return ExecutionFilter(
            statuses=frozenset(self.status or ()),
            kind=self.kind,
            root_only=self.root_only,
            subject_id=None if self.subject_id is None else identify(self.subject_id, *subjects),
        )


@strawberry.input(name="ExecutionOrder")
class ExecutionOrderInput:
    """What a list of executions is sorted by; ties are broken by id."""

    field: ExecutionOrder = ExecutionOrder.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.input
class CancelExecutionInput:
    """Which execution, with everything below it."""

    id: strawberry.ID = strawberry.field(
        description="Of an execution; everything below it is canceled too."
    )


@strawberry.input
class ReplayExecutionInput:
    """Which execution that has ended."""

    id: strawberry.ID = strawberry.field(description="Of an execution that has ended.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RecordTestResultInput:
    """What a person found out."""

    execution_id: strawberry.ID = strawberry.field(description="Of the execution of a manual test.")
    succeeded: bool
    note: str = ""

    def to_command(self) -> RecordResult:
        """As the domain takes it.

        Raises:
            Invalid: a note that cannot be stored.
        """
        checks = Checks()
        checks.text(self.note, ("note",))
        checks.settle()
        return RecordResult(identify(self.execution_id, EXECUTION), self.succeeded, self.note)


@strawberry.input
class RequestProbeInput:
    """A sign of life from the engine."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
