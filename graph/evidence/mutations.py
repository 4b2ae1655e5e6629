"""Changes to evidence: announce an upload, complete it, delete a file."""

from uuid import UUID

import strawberry
import structlog

from domain.evidence.delete import delete_file, sweep
from domain.evidence.links import LinkVerb
from domain.evidence.upload import CompleteUpload, CreateUpload, complete_upload, create_upload
from domain.shared.errors import Unavailable
from graph.evidence.links import storage_of, transfer_url
from graph.evidence.types import EVIDENCE_FILE, EvidenceFile
from graph.support.context import Context, Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import identify

log = structlog.get_logger()


@strawberry.input
class CreateEvidenceUploadInput:
    """What will be uploaded."""

    execution_id: strawberry.ID = strawberry.field(
        description="Of the execution that the file belongs to."
    )
    name: str
    content_type: str
    size_bytes: int = strawberry.field(description="Exactly as many bytes must be sent.")
    step_index: int | None = None


@strawberry.type
class CreateEvidenceUploadPayload:
    """Where to send the bytes."""

    evidence: EvidenceFile | None
    upload_url: str | None = strawberry.field(
        description="PUT the raw bytes here within five minutes, then complete the upload."
    )
    user_errors: list[UserError]


@strawberry.input
class CompleteEvidenceUploadInput:
    """Which upload is complete."""

    id: strawberry.ID = strawberry.field(
        description="Of the evidence that `createEvidenceUpload` gave."
    )
    sha256: str | None = strawberry.field(
        default=None, description="Of the bytes, in hexadecimal; checked if given."
    )


@strawberry.type
class CompleteEvidenceUploadPayload:
    """The file, which can be seen from now on."""

    evidence: EvidenceFile | None
    user_errors: list[UserError]


@strawberry.input
class DeleteEvidenceInput:
    """Which file to delete."""

    id: strawberry.ID = strawberry.field(description="Of a piece of evidence.")


@strawberry.type
class DeleteEvidencePayload:
    """Which file was deleted."""

    deleted_id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class EvidenceMutations:
    """Root fields."""

    @mutation("evidence.add", "Announce a file of an execution.")
    async def create_evidence_upload(
        self,
        info: Info,
        input: CreateEvidenceUploadInput,  # noqa: A002 - the argument's name
    ) -> CreateEvidenceUploadPayload:
        """Announce a file and sign the link it is sent to."""
        command = CreateUpload(
            execution_id=identify(input.execution_id, "Execution"),
            name=input.name,
            content_type=input.content_type,
            size_bytes=input.size_bytes,
            step_index=input.step_index,
        )
        made = await attempt(info, lambda uow, actor: create_upload(uow, actor, command))
        row = made.value
        if row is None:
            return CreateEvidenceUploadPayload(
                evidence=None, upload_url=None, user_errors=made.user_errors
            )
        url = transfer_url(info.context, LinkVerb.UPLOAD, row.workspace_id, row.id)
        return CreateEvidenceUploadPayload(
            evidence=EvidenceFile.from_row(row), upload_url=url, user_errors=[]
        )

    @mutation("evidence.add", "Have the bytes of an upload checked and kept; twice is fine.")
    async def complete_evidence_upload(
        self,
        info: Info,
        input: CompleteEvidenceUploadInput,  # noqa: A002 - the argument's name
    ) -> CompleteEvidenceUploadPayload:
        """Have the bytes checked; what was put aside is dropped once the row is committed."""
        storage = storage_of(info.context)
        command = CompleteUpload(identify(input.id, EVIDENCE_FILE), input.sha256)
        done = await attempt(info, lambda uow, actor: complete_upload(uow, storage, actor, command))
        row = done.value
        if row is None:
            return CompleteEvidenceUploadPayload(evidence=None, user_errors=done.user_errors)
        await storage.drop_held(row.workspace_id, row.id)
        return CompleteEvidenceUploadPayload(evidence=EvidenceFile.from_row(row), user_errors=[])

    @mutation("evidence.read", "Delete a file one added oneself; an administrator may delete any.")
    async def delete_evidence(
        self,
        info: Info,
        input: DeleteEvidenceInput,  # noqa: A002 - the argument's name
    ) -> DeleteEvidencePayload:
        """Hide the file, then remove the bytes that nothing needs any more."""
        identity = identify(input.id, EVIDENCE_FILE)
        gone = await attempt(info, lambda uow, actor: delete_file(uow, actor, identity))
        if gone.value is None:
            return DeleteEvidencePayload(deleted_id=None, user_errors=gone.user_errors)
        await remove_bytes(info.context, gone.value.workspace_id)
        return DeleteEvidencePayload(deleted_id=input.id, user_errors=[])


async def remove_bytes(context: Context, workspace_id: UUID) -> None:
    """Sweep at once; what cannot be removed now goes with the next deletion."""
    try:
        await sweep(context.units, storage_of(context), workspace_id)
    except (Unavailable, OSError) as error:
        log.warning("evidence.sweep_failed", workspace_id=str(workspace_id), error=str(error))
