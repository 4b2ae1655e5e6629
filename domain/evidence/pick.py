"""Picks the uploaded files that a run names, so that its steps can give them to pages."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

from domain.evidence import repository
from domain.evidence.rules import clean_name
from domain.evidence.storage import EvidenceStorage
from domain.shared.database import Session


async def pick_uploads(
    session: Session,
    storage: EvidenceStorage,
    workspace_id: UUID,
    names: Iterable[str],
    *,
    subject_id: UUID | None = None,
) -> Mapping[str, Path]:
    """Find the newest complete upload of each name; names that nothing has are left out.

    Args:
        names: As steps write them.
        subject_id: A mission, whose own files come before all others of the workspace.

    Returns:
        The bytes' paths by the names that were asked for.
    """
    cleaned = {name: clean_name(name) for name in names}
    if not cleaned:
        return {}
    hashes = await repository.find_newest_uploads(
        session, workspace_id, set(cleaned.values()), subject_id
    )
    return {
        name: storage.path_of(workspace_id, hashes[clean])
        for name, clean in cleaned.items()
        if clean in hashes
    }
