"""The SQL gate and the transaction gate see through every disguise we could think of."""

import pytest

from tests.architecture.gates.statements import find_stray_statements
from tests.architecture.gates.transactions import find_stray_transactions
from tests.architecture.plants import lines_found

pytestmark = pytest.mark.unit

STRAY = {
    "select": "from sqlalchemy import select\nquery = select(1)",
    "an alias": "from sqlalchemy import text as t\nquery = t('x')",
    "a re-export": "from domain.missions.repository import select\nquery = select(1)",
    "the module": "import sqlalchemy as sa\nquery = sa.select(1)",
    "execute": "#\nuow.session.execute(query)",
    "a renamed session": "s = uow.session\nrows = s.execute(query)",
    "a session named like a run": "run = uow.session\nrows = run.execute(query)",
    "a method kept for later": "#\nrun = uow.session.execute",
    "by name": "#\nrun = getattr(uow.session, 'execute')",
    "by attrgetter": "import operator\nrun = operator.attrgetter('scalars')",
    "the driver": "#\nawait (await session.connection()).exec_driver_sql(query)",
    "the raw connection": "#\nrows = await connection.fetch(query)",
    "identity lookup": "#\nmission = await uow.session.get(Mission, key)",
    "adding rows": "#\nuow.session.add(mission)",
    "run_sync": "#\nawait uow.session.run_sync(load)",
    "a string": "#\nquery = 'SELECT id FROM missions'",
    "a small string": "#\nquery = 'select id, name from missions'",
    "an f-string": "#\nquery = f'UPDATE missions SET name = {name}'",
    "a common table": "#\nquery = 'WITH due AS (SELECT 1) DELETE FROM jobs'",
    "a session setting": "#\nquery = 'SET LOCAL app.workspace_id = 1'",
}


@pytest.mark.parametrize("text", STRAY.values(), ids=STRAY.keys())
@pytest.mark.parametrize(
    "path", ["domain/missions/start.py", "graph/missions/queries.py", "workers/a/run.py"]
)
def test_a_statement_outside_its_home_is_found(text: str, path: str) -> None:
    assert lines_found(find_stray_statements, text, path) == [2]


@pytest.mark.parametrize("text", STRAY.values(), ids=STRAY.keys())
@pytest.mark.parametrize(
    "path",
    [
        "domain/missions/repository.py",
        "domain/missions/models.py",
        "domain/automation/rules/repository.py",
        "domain/executions/repository/claims.py",
        "domain/shared/database.py",
        "migrations/versions/0001.py",
    ],
)
def test_the_homes_of_sql_are_free(text: str, path: str) -> None:
    assert lines_found(find_stray_statements, text, path) == []


INNOCENT = {
    "a docstring": '"""SELECT nothing FROM here."""',
    "a sentence for a browser": "step = 'Select Staff status from the list'",
    "a graphql schema": "result = await schema.execute(query)",
    "a redis pipeline": "await pipe.execute()",
    "a run of ours": "outcome = await self._run.execute()",
    "our own function of that name": "from workers.browser import steps\nsteps.execute(page)",
    "a method of our own": "class A:\n    def execute(self): ...\n    def go(self): self.execute()",
    "a strawberry scalar": "import strawberry\nDate = strawberry.scalar(str)",
    "a dictionary": "value = context.get('session')",
    "an http session": "answer = await client.get(url)",
}


@pytest.mark.parametrize("text", INNOCENT.values(), ids=INNOCENT.keys())
def test_what_only_looks_like_sql_passes(text: str) -> None:
    assert lines_found(find_stray_statements, text, "graph/missions/queries.py") == []


def test_a_repository_outside_domain_is_no_home() -> None:
    text = "query = 'SELECT id FROM missions'"
    assert lines_found(find_stray_statements, text, "workers/missions/repository.py") == [1]
    assert lines_found(find_stray_statements, text, "domain/shared/clock.py") == [1]


TRANSACTIONS = {
    "commit": "await uow.session.commit()",
    "begin": "async with engine.begin() as connection: use(connection)",
    "rollback": "await session.rollback()",
    "a savepoint": "async with session.begin_nested(): write()",
    "kept for later": "finish = session.commit",
    "by name": "await getattr(session, 'commit')()",
    "a sessionmaker": "from sqlalchemy.orm import sessionmaker as make; sessions = make(engine)",
    "in SQL": "query = text('COMMIT')",
    "autocommit": "engine = engine.execution_options(isolation_level='AUTOCOMMIT')",
}


@pytest.mark.parametrize("text", TRANSACTIONS.values(), ids=TRANSACTIONS.keys())
@pytest.mark.parametrize("path", ["domain/missions/repository.py", "workers/missions/run.py"])
def test_a_transaction_outside_the_unit_of_work_is_found(text: str, path: str) -> None:
    assert lines_found(find_stray_transactions, text, path) == [1]


@pytest.mark.parametrize("text", TRANSACTIONS.values(), ids=TRANSACTIONS.keys())
def test_the_unit_of_work_may_commit(text: str) -> None:
    assert lines_found(find_stray_transactions, text, "domain/shared/unit_of_work.py") == []


def test_opening_a_unit_of_work_is_how_everybody_starts() -> None:
    text = "async with self.units.begin(workspace) as uow: use(uow)"
    assert lines_found(find_stray_transactions, text, "workers/missions/run.py") == []


def test_a_function_of_ours_called_begin_is_no_transaction() -> None:
    text = "from domain.missions import start\nstart.begin(mission)\n"
    assert lines_found(find_stray_transactions, text) == []
