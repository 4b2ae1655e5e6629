"""Finds what a download link stands for."""

from dataclasses import dataclass
from pathlib import Path

from domain.evidence import repository
from domain.evidence.content import INLINE_TYPES
from domain.evidence.links import Grant
from domain.evidence.models import EvidenceFile
from domain.evidence.storage import EvidenceStorage
from domain.shared.database import Database
from domain.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A complete file, where its bytes lie, and whether a browser may show it in place."""

    file: EvidenceFile
    path: Path
    is_inline: bool


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
