"""Uploads in three moves: announce a file, send its bytes, have them checked and kept."""

import hmac
import re
from collections.abc import AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.evidence import repository
from domain.evidence.content import verify_type
from domain.evidence.errors import EvidenceTooLarge, UploadIncomplete
from domain.evidence.links import Grant
from domain.evidence.models import EvidenceFile, EvidenceKind
from domain.evidence.rules import PENDING_SECONDS, EvidenceLimits, clean_name
from domain.evidence.storage import EvidenceStorage
from domain.evidence.store import keep_content
from domain.shared.actor import Actor
from domain.shared.audit import changed, created, snapshot
from domain.shared.checks import Checks
from domain.shared.clock import Clock, SystemClock
from domain.shared.database import Database
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork

MAX_CONTENT_TYPE_LENGTH = 100
MAX_STEP_INDEX = 10_000
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:;[ -~]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CreateUpload:
    """Announce a file of an execution: its name, claimed media type and exact size in bytes."""

    execution_id: UUID
    name: str
    content_type: str
    size_bytes: int
    step_index: int | None = None


@dataclass(frozen=True, slots=True)
class CompleteUpload:
    """Have the bytes of an announced file checked; `sha256` is what the client computed."""

    file_id: UUID
    sha256: str | None = None


async def create_upload(
    uow: UnitOfWork,
    actor: Actor,
    command: CreateUpload,
    *,
    limits: EvidenceLimits | None = None,
    clock: Clock | None = None,
) -> EvidenceFile:
    """Note that a file will come; the caller signs an upload link for it.

    Raises:
        Forbidden: the actor may not add evidence.
        NotFound: there is no such execution in the workspace.
        Invalid: name, type or size is not acceptable.
        EvidenceTooLarge: the file, or the workspace with it, would hold too much.
    """
    actor.require("evidence.add")
    limits = limits or EvidenceLimits()
    _check_announcement(command, limits)
    attempt = await repository.find_attempt(uow.session, actor.workspace_id, command.execution_id)
    if attempt is None:
        raise NotFound("The execution", field=("execution_id",))
    stale = (clock or SystemClock()).now() - timedelta(seconds=PENDING_SECONDS)
    await repository.forget_pending(uow.session, actor.workspace_id, stale)
    held = await repository.sum_bytes(uow.session, actor.workspace_id)
    if held + command.size_bytes > limits.workspace_bytes:
        raise EvidenceTooLarge("The workspace has no room left.", field=("size_bytes",))
    file = EvidenceFile(
        id=new_id(),
        workspace_id=actor.workspace_id,
        execution_id=command.execution_id,
        attempt=attempt,
        step_index=command.step_index,
        kind=EvidenceKind.UPLOAD,
        name=clean_name(command.name),
        content_type=command.content_type,
        size_bytes=command.size_bytes,
        created_by=actor.user_id,
    )
    repository.add_file(uow.session, file)
    uow.audit(created("evidence.announce", actor, file))
    return file


async def receive_upload(
    database: Database, storage: EvidenceStorage, grant: Grant, chunks: AsyncIterable[bytes]
) -> None:
    """Put the bytes of an announced file aside; sent again, the last ones count.

    No transaction is open while they arrive.

    Raises:
        NotFound: the file was not announced, or was deleted.
        Conflict: the upload is complete already.
        EvidenceTooLarge: more bytes came than announced.
        UploadIncomplete: fewer bytes came than announced.
        StoreUnwritable: the disk is full or cannot be written.
    """
    async with database.session(grant.workspace_id) as session:
        file = await repository.find_file(session, grant.workspace_id, grant.subject_id)
    if file is None:
        raise NotFound("The upload")
    if file.stored_at is not None:
        raise Conflict("This upload is complete already.")
    async with storage.receive(grant.workspace_id, chunks, limit=file.size_bytes) as received:
        if received.size_bytes != file.size_bytes:
            raise UploadIncomplete(
                f"{file.size_bytes} bytes were announced, {received.size_bytes} came."
            )
        await storage.hold(grant.workspace_id, grant.subject_id, received)


async def complete_upload(
    uow: UnitOfWork,
    storage: EvidenceStorage,
    actor: Actor,
    command: CompleteUpload,
    *,
    clock: Clock | None = None,
) -> EvidenceFile:
    """Check and keep what arrived; completing twice is the same as once.

    The caller drops what was put aside (`EvidenceStorage.drop_held`) after the commit, so that a
    commit that fails can be repeated.

    Raises:
        Forbidden: the actor may not add evidence.
        NotFound: nothing was announced under this id by this actor.
        UploadIncomplete: no bytes arrived, or others than the client computed the hash of.
    """
    actor.require("evidence.add")
    file = await repository.lock_file(uow.session, actor.workspace_id, command.file_id)
    if file is None or file.created_by != actor.user_id:
        raise NotFound("The upload", field=("id",))
    if file.stored_at is not None:
        return file
    received = await storage.inspect_held(actor.workspace_id, file.id)
    if received is None:
        raise UploadIncomplete("No bytes have arrived yet.", field=("id",))
    if command.sha256 is not None and not _same_hash(command.sha256, received.sha256):
        raise UploadIncomplete("The bytes that arrived have another hash.", field=("sha256",))
    before = snapshot(file)
    await keep_content(uow, storage, file, received)
    file.content_type = verify_type(
        file.content_type, received.head, received.tail, received.size_bytes
    )
    file.size_bytes = received.size_bytes
    file.sha256 = received.sha256
    file.stored_at = (clock or SystemClock()).now()
    uow.audit(changed("evidence.add", actor, file, before))
    return file


def _check_announcement(command: CreateUpload, limits: EvidenceLimits) -> None:
    checks = Checks()
    if not command.name.strip():
        checks.refuse(("name",), "This must not be empty.")
    if len(command.content_type) > MAX_CONTENT_TYPE_LENGTH or not _MEDIA_TYPE.fullmatch(
        command.content_type
    ):
        checks.refuse(("content_type",), "This is no media type, such as image/png.")
    if command.size_bytes < 1:
        checks.refuse(("size_bytes",), "A file has at least one byte.")
    if command.step_index is not None and not 0 <= command.step_index <= MAX_STEP_INDEX:
        checks.refuse(("step_index",), f"Steps are counted from 0 to {MAX_STEP_INDEX}.")
    checks.settle()
    if command.size_bytes > limits.file_bytes:
        raise EvidenceTooLarge(
            f"A file may have at most {limits.file_bytes} bytes.", field=("size_bytes",)
        )


def _same_hash(claimed: str, computed: str) -> bool:
    return hmac.compare_digest(claimed.strip().lower().encode(), computed.encode())
