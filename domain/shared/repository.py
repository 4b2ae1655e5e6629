"""What a database says about itself: its revision and the number of its tables."""

from dataclasses import dataclass

from sqlalchemy import text

from domain.shared.database import Database

_REVISION = text("SELECT version_num FROM alembic_version")
_IS_MIGRATED = text(  # a role that may not look belongs to a schema that is not there yet
    "SELECT coalesce(has_table_privilege(to_regclass('alembic_version'), 'SELECT'), false)"
)
_TABLES = text(
    "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
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
