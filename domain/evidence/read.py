"""Finds evidence for whoever may see it, and signs the links that open it."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.evidence import repository
from domain.evidence.content import INLINE_TYPES
from domain.evidence.links import Grant
from domain.evidence.models import EvidenceFile
from domain.evidence.storage import EvidenceStorage
from domain.shared.actor import Actor
from domain.shared.database import Database
from domain.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A complete file, where its bytes lie, and whether a browser may show it in place."""

    file: EvidenceFile
    path: Path
    is_inline: bool


async def read_file(database: Database, actor: Actor, file_id: UUID) -> EvidenceFile:
    """Return one file.

    Raises:
        Forbidden: the actor may not see evidence.
        NotFound: there is no such file in the workspace.
    """
    actor.require("evidence.read")
    async with database.session(actor.workspace_id) as session:
        file = await repository.find_file(session, actor.workspace_id, file_id)
    if file is None:
        raise NotFound("The evidence")
    return file


async def open_file(database: Database, storage: EvidenceStorage, grant: Grant) -> OpenedFile:
    """Return what a download link stands for.

    Raises:
        NotFound: the file was deleted, is not complete, or its bytes are gone.
    """
    async with database.session(grant.workspace_id) as session:
        file = await repository.find_file(session, grant.workspace_id, grant.subject_id)
    if file is None or file.sha256 is None:
        raise NotFound("The evidence")
    path = storage.path_of(grant.workspace_id, file.sha256)
    return OpenedFile(file, path, file.content_type in INLINE_TYPES)
