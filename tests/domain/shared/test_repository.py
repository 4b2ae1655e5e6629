"""A database tells its revision and tables, also when it has none or is away."""

import pytest
from sqlalchemy import text

from api.stack.postgres import EmbeddedPostgres
from domain.shared import database as database_module
from domain.shared.database import Database
from domain.shared.errors import Unavailable
from domain.shared.repository import SchemaState, read_schema_state
from migrations.apply import head_revision
from tests.fixtures.stores import Stores

pytestmark = pytest.mark.integration


async def test_a_migrated_database_tells_its_revision_to_the_application(stores: Stores):
    database = Database(stores.urls.app, pool_size=1)
    state = await read_schema_state(database)
    await database.close()
    assert state.revision == head_revision()
    assert state.table_count > 10


async def test_an_empty_database_has_no_revision(tmp_path):
    server = EmbeddedPostgres(tmp_path / "postgres", durable=False)
    try:
        database = Database(server.start().app, pool_size=1)
        assert await read_schema_state(database) == SchemaState(revision="", table_count=0)
        await database.close()
    finally:
        server.remove()


async def test_a_server_whose_socket_is_not_there_is_away(tmp_path):
    database = Database(f"postgresql+asyncpg://u:p@/x?host={tmp_path}", pool_size=1)
    with pytest.raises(Unavailable):
        await read_schema_state(database)
    await database.close()


async def test_a_server_that_does_not_answer_is_away(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database_module, "STATEMENT_SECONDS", 0.1)
    database = Database(stores.urls.app, pool_size=1)
    with pytest.raises(Unavailable):
        async with database.session() as session:
            await session.execute(text("SELECT pg_sleep(20)"))
    assert (await read_schema_state(database)).revision == head_revision()
    await database.close()
