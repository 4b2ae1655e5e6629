"""The SQL of evidence."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, column, delete, false, func, literal, select, table, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from domain.accounts.models import Workspace
from domain.evidence.models import EvidenceFile, EvidenceKind
from domain.shared.batches import Parameter, among, many_per, one_per

# Executions stand above evidence; what it needs of them is whether they exist, which attempt is
# theirs, and what the run is about that they belong to.
_executions = table(
    "executions",
    *(column(name) for name in ("id", "workspace_id", "attempt", "root_id", "subject_id")),
)


async def find_attempt(session: AsyncSession, workspace_id: UUID, execution_id: UUID) -> int | None:
    """Return the current attempt of an execution; None when there is no such execution here."""
    statement = select(_executions.c.attempt).where(
        _executions.c.id == execution_id, _executions.c.workspace_id == workspace_id
    )
    return await session.scalar(statement)


async def find_file(
    session: AsyncSession, workspace_id: UUID, file_id: UUID
) -> EvidenceFile | None:
    """Return a file that was not deleted, and neither was its workspace."""
    statement = (
        _living(workspace_id)
        .join(Workspace, Workspace.id == EvidenceFile.workspace_id)
        .where(EvidenceFile.id == file_id, Workspace.deleted_at.is_(None))
    )
    return await session.scalar(statement)


async def lock_file(
    session: AsyncSession, workspace_id: UUID, file_id: UUID
) -> EvidenceFile | None:
    """Return a file that was not deleted, and let nobody else change it in the meantime."""
    statement = _living(workspace_id).where(EvidenceFile.id == file_id).with_for_update()
    return await session.scalar(statement)


@one_per(EvidenceFile.id)
def read_files(workspace: Parameter, file_ids: Parameter) -> Select[EvidenceFile]:
    """Files by id, complete or not."""
    return _living(workspace).where(among(EvidenceFile.id, file_ids))


@many_per(EvidenceFile.execution_id)
def read_files_of(workspace: Parameter, execution_ids: Parameter) -> Select[EvidenceFile]:
    """The complete files of executions, oldest first."""
    return (
        _living(workspace)
        .where(among(EvidenceFile.execution_id, execution_ids), EvidenceFile.stored_at.is_not(None))
        .order_by(EvidenceFile.execution_id, EvidenceFile.created_at, EvidenceFile.id)
    )


async def find_newest_uploads(
    session: AsyncSession, workspace_id: UUID, names: Collection[str], subject_id: UUID | None
) -> dict[str, str]:
    """Hashes of the newest complete uploads by name, those of runs of `subject_id` first."""
    member, root = _executions.alias("member"), _executions.alias("root")
    of_subject = func.coalesce(root.c.subject_id == subject_id, false())
    statement = (
        _living(workspace_id)
        .join(member, member.c.id == EvidenceFile.execution_id)
        .join(root, root.c.id == member.c.root_id)
        .with_only_columns(EvidenceFile.name, EvidenceFile.sha256)
        .where(
            EvidenceFile.kind == EvidenceKind.UPLOAD,
            EvidenceFile.name.in_(names),
            EvidenceFile.stored_at.is_not(None),
        )
        .ext(distinct_on(EvidenceFile.name))
        .order_by(
            EvidenceFile.name,
            of_subject.desc(),
            EvidenceFile.created_at.desc(),
            EvidenceFile.id.desc(),
        )
    )
    rows = await session.execute(statement)
    return {name: sha256 for name, sha256 in rows if sha256 is not None}


async def sum_bytes(session: AsyncSession, workspace_id: UUID) -> int:
    """Return how many bytes the workspace holds or has announced."""
    statement = select(func.coalesce(func.sum(EvidenceFile.size_bytes), 0)).where(
        EvidenceFile.workspace_id == workspace_id, EvidenceFile.deleted_at.is_(None)
    )
    return int(await session.scalar(statement) or 0)


async def lock_content(session: AsyncSession, workspace_id: UUID, sha256: str) -> None:
    """Let only this transaction name, or stop naming, bytes with this hash."""
    name = f"evidence:{workspace_id}:{sha256}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def is_content_needed(session: AsyncSession, workspace_id: UUID, sha256: str) -> bool:
    """Tell whether a file that was not deleted consists of these bytes."""
    statement = (
        _living(workspace_id)
        .with_only_columns(literal(1))
        .where(EvidenceFile.sha256 == sha256)
        .limit(1)
    )
    return await session.scalar(statement) is not None


async def list_deleted_contents(
    session: AsyncSession, workspace_id: UUID, limit: int
) -> Sequence[str]:
    """Return hashes of deleted files whose bytes may still be there."""
    statement = (
        select(EvidenceFile.sha256)
        .where(
            EvidenceFile.workspace_id == workspace_id,
            EvidenceFile.deleted_at.is_not(None),
            EvidenceFile.sha256.is_not(None),
        )
        .distinct()
        .limit(limit)
    )
    return [sha256 for sha256 in await session.scalars(statement) if sha256 is not None]


async def forget_content(session: AsyncSession, workspace_id: UUID, sha256: str) -> None:
    """Note on deleted files that their bytes are gone, or belong to others now."""
    statement = (
        update(EvidenceFile)
        .where(
            EvidenceFile.workspace_id == workspace_id,
            EvidenceFile.deleted_at.is_not(None),
            EvidenceFile.sha256 == sha256,
        )
        .values(sha256=None, stored_at=None)
    )
    await session.execute(statement)


async def forget_pending(
    session: AsyncSession, workspace_id: UUID, before: datetime
) -> Sequence[UUID]:
    """Remove announced uploads whose bytes were never completed; return their ids."""
    statement = (
        delete(EvidenceFile)
        .where(
            EvidenceFile.workspace_id == workspace_id,
            EvidenceFile.stored_at.is_(None),
            EvidenceFile.deleted_at.is_(None),
            EvidenceFile.created_at < before,
        )
        .returning(EvidenceFile.id)
    )
    return (await session.scalars(statement)).all()


def add_file(session: AsyncSession, file: EvidenceFile) -> None:
    """Note a new file."""
    session.add(file)


def _living(workspace_id: UUID | Parameter) -> Select[EvidenceFile]:
    return select(EvidenceFile).where(
        EvidenceFile.workspace_id == workspace_id, EvidenceFile.deleted_at.is_(None)
    )
