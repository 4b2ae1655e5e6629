"""Record what a person found out by carrying out a manual test."""

from dataclasses import dataclass
from uuid import UUID

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.executions.tree import repository
from domain.executions.tree.settle import settle_parent
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitOfWork

RECORD = "execution.record"
MANUAL_KIND = "manual"
MAX_NOTE_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class RecordResult:
    """A person's finding."""

    execution_id: UUID
    succeeded: bool
    note: str = ""


async def record_result(uow: UnitOfWork, actor: Actor, command: RecordResult) -> Execution:
    """End a manual test with a person's finding.

    Raises:
        Forbidden: the actor may not record results.
        NotFound: there is no such execution in the workspace.
        Conflict: it is carried out by a machine, has not begun, or has a result already.
        Invalid: the note is too long.
    """
    actor.require(RECORD)
    if len(command.note) > MAX_NOTE_LENGTH:
        raise Invalid(f"A note has at most {MAX_NOTE_LENGTH} characters.", field=("note",))
    execution = await repository.read_execution(uow.session, command.execution_id)
    if execution is None or execution.workspace_id != actor.workspace_id:
        raise NotFound("The execution", field=("execution_id",))
    if execution.kind != MANUAL_KIND:
        raise Conflict("A machine carries this out; its result cannot be recorded by hand.")
    if execution.status != Status.RUNNING:
        raise Conflict(f"A result can be recorded while it runs; it is {execution.status}.")
    ended = await repository.end_unleased(
        uow.session,
        [execution.id],
        Status.SUCCEEDED if command.succeeded else Status.FAILED,
        output={"note": command.note, "recorded_by": str(actor.user_id)},
        error_code=None if command.succeeded else "RECORDED_FAILURE",
        error_message=None if command.succeeded else (command.note or "Recorded as failed."),
    )
    if not ended:
        raise Conflict("Somebody else recorded a result just now.")
    uow.signal(execution_topic(execution.id), ended[0].seq)
    await settle_parent(uow, ended[0])
    told = {"status": ended[0].status, "note": command.note}
    before = {"status": Status.RUNNING}
    uow.audit(Entry("execution.record", actor, Entity.of(execution), before, told))
    recorded = await repository.read_execution(uow.session, execution.id)
    return recorded or execution
