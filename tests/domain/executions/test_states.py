"""The database lets an execution go where the table of transitions allows, and nowhere else."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.executions.states import TRANSITIONS, Status
from domain.shared.database import Session
from tests.domain.executions.conftest import Engine

pytestmark = pytest.mark.integration

COPY = text("""
    INSERT INTO executions
    SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'status', CAST(:status AS text)))).*
    FROM executions e WHERE id = :id RETURNING id
""")
MOVE = text("UPDATE executions SET status = :status WHERE id = :id")


async def can_move(session: Session, execution_id: object, after: Status) -> bool:
    """Whether the database takes the change, which is then taken back."""
    try:
        async with session.begin_nested() as savepoint:
            await session.execute(MOVE, {"id": execution_id, "status": after})
            await savepoint.rollback()
    except IntegrityError as error:
        assert "cannot go from" in str(error)
        return False
    return True


@pytest.mark.parametrize("before", Status)
async def test_the_database_refuses_what_the_table_does_not_allow(engine: Engine, before: Status):
    model = await engine.request()
    async with engine.databases.engine.session() as session:
        row = await session.execute(COPY, {"id": model.id, "status": before})
        execution_id = row.scalar_one()
        taken = {after for after in Status if await can_move(session, execution_id, after)}
    assert taken == TRANSITIONS[before] | {before}
