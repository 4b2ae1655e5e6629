"""PostgreSQL: the declarative base, naming convention, mixins, and the two ways in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, DateTime, MetaData, Text, cast, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from domain.shared.ids import new_id
from domain.shared.lost import LOST_DATABASE, is_lost, tell_loss
from domain.shared.reads import PoolReader, Reader, Readers

JsonObject = dict[str, object]
Session = AsyncSession
"""What functions that read rows through a repository take."""
CONNECT_TIMEOUT_SECONDS = 5
POOL_TIMEOUT_SECONDS = 5
STATEMENT_SECONDS = 30
"""A server that freezes, or vanishes without a word, must not be waited for without end."""

SET_WORKSPACE = text(
    "SELECT set_config('app.workspace_id', :workspace, true), set_config('app.user_id', :user, true)"
)

READ_WORKSPACE = text(
    "SELECT coalesce(current_setting('app.workspace_id', true), '') AS workspace, "
    "coalesce(current_setting('app.user_id', true), '') AS person"
)


class Base(DeclarativeBase):
    """Mapped classes of every feature share this metadata and its constraint names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[object, object]] = {
        datetime: DateTime(timezone=True),
        JsonObject: JSONB,
        list[object]: JSONB,
    }
    # An UPDATE returns what the database computed, so that a changed row can be read at once.
    __mapper_args__ = MappingProxyType({"eager_defaults": True})


class UuidPkMixin:
    """A time-ordered UUID as primary key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class TimestampMixin:
    """When the row was made and last changed, by the database's clock."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class SoftDeleteMixin:
    """Deleted rows stay for history; each table adds its own partial `ix_<table>_active`."""

    deleted_at: Mapped[datetime | None]


def dump_json(value: object) -> str:
    """Serialise for a JSONB column."""
    return orjson.dumps(value).decode()


class Database:
    """One role's way into PostgreSQL: a pool, and sessions that belong to one transaction.

    Args:
        url: `postgresql+asyncpg://…` of the role.
        pool_size: Connections kept for objects, and as many for records; none beyond.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        settings = {"application_name": "metamorph", "jit": "off"}
        connect = {"timeout": CONNECT_TIMEOUT_SECONDS, "command_timeout": STATEMENT_SECONDS}
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            hide_parameters=True,  # an error names the statement, never what people typed
            json_serializer=dump_json,
            json_deserializer=orjson.loads,
            connect_args={**connect, "server_settings": settings},
        )
        read_only = {**settings, "default_transaction_read_only": "on"}
        self.readers = Readers(url, pool_size, {**connect, "server_settings": read_only})
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def session(
        self, workspace_id: UUID | None = None, user_id: UUID | None = None
    ) -> AsyncIterator[AsyncSession]:
        """Open a session whose one transaction sees only `workspace_id` (and the user's own rows).

        The caller reads; whoever writes goes through `UnitOfWork`. Whatever happens, the
        transaction is rolled back unless it was committed.

        Raises:
            Unavailable: PostgreSQL cannot be reached, went away in between, or does not answer.
        """
        try:
            async with self.sessions() as session:
                if workspace_id is not None or user_id is not None:
                    await enter_workspace(session, workspace_id, user_id)
                yield session
        except LOST_DATABASE as error:
            if is_lost(error):
                raise tell_loss() from error
            raise

    def reader(self, workspace_id: UUID | None = None, user_id: UUID | None = None) -> Reader:
        """What answers statements with records, without objects and without a transaction."""
        return PoolReader(self.readers, workspace_id, user_id)

    async def close(self) -> None:
        """Close the pools."""
        await self.readers.close()
        await self.engine.dispose()


async def enter_workspace(
    session: AsyncSession, workspace_id: UUID | None, user_id: UUID | None = None
) -> None:
    """Tell row-level security, until the end of the transaction, who is looking."""
    await session.execute(
        SET_WORKSPACE,
        {
            "workspace": str(workspace_id) if workspace_id else "",
            "user": str(user_id) if user_id else "",
        },
    )


def set_person(user_id: ColumnElement[UUID]) -> ColumnElement[str]:
    """Tell row-level security who is looking, where only the database knows that."""
    return func.set_config("app.user_id", func.coalesce(cast(user_id, Text()), ""), True)


@asynccontextmanager
async def visiting(session: AsyncSession, workspace_id: UUID) -> AsyncIterator[None]:
    """Enter another workspace for a few statements, and come back."""
    here = (await session.execute(READ_WORKSPACE)).one()
    await enter_workspace(session, workspace_id)
    yield
    await session.execute(SET_WORKSPACE, {"workspace": here.workspace, "user": here.person})
