"""SQL that belongs to no feature: what a database says about itself, and the audit log's pen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, inspect, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.shared.database import Base, Database, Session

_REVISION = text("SELECT version_num FROM alembic_version")
_IS_MIGRATED = text(  # a role that may not look belongs to a schema that is not there yet
    "SELECT coalesce(has_table_privilege(to_regclass('alembic_version'), 'SELECT'), false)"
)
_TABLES = text(
    "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)

_NAMES = text("SELECT id, display_name FROM users WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)
_APPEND = text("SELECT append_audit(:target, :records)").bindparams(
    bindparam("target", type_=Uuid()), bindparam("records", type_=ARRAY(Text()))
)


@dataclass(frozen=True)
class SchemaState:
    """Attributes: `revision` is empty for a database without any migration."""

    revision: str
    table_count: int


async def read_schema_state(database: Database) -> SchemaState:
    """Ask the database.

    Raises:
        Unavailable: it cannot be reached.
    """
    async with database.session() as session:
        migrated = bool(await session.scalar(_IS_MIGRATED))
        revision = await session.scalar(_REVISION) if migrated else None
        tables = await session.scalar(_TABLES)
    return SchemaState(str(revision or ""), int(tables or 0))


def read_held(row: Base) -> dict[str, object]:
    """The columns of a row as it holds them at this moment; what was not loaded is left out."""
    state = inspect(row)
    names = [attribute.key for attribute in state.mapper.column_attrs]
    return {name: state.dict[name] for name in names if name in state.dict}


async def read_names(session: Session, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What people are called at this moment."""
    return {
        row.id: row.display_name for row in await session.execute(_NAMES, {"ids": list(user_ids)})
    }


async def append_audit(session: Session, workspace_id: UUID, records: Sequence[str]) -> None:
    """Lengthen a workspace's chain; its head stays locked until the transaction ends."""
    await session.execute(_APPEND, {"target": workspace_id, "records": list(records)})
