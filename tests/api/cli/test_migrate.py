"""Migrations run with the stack up or down, forwards and back."""

import pytest

from api.stack.postgres import EmbeddedPostgres
from migrations.apply import head_revision

pytestmark = pytest.mark.integration

REVISION = "SELECT version_num FROM alembic_version"


def test_with_the_stack_down_a_server_is_started_just_for_this(stack):
    assert stack.run("migrate").returncode == 0
    server = EmbeddedPostgres(stack.var_dir / "postgres")
    try:
        server.start()
        assert server.run_sql(REVISION).strip() == head_revision()
    finally:
        server.stop()


def test_with_the_stack_up_its_database_goes_one_back_and_forward_again(running):
    assert running.run("migrate", "--down").returncode == 0
    assert "missing" in running.run("doctor").stdout
    assert running.run("migrate").returncode == 0
    assert running.run("doctor").returncode == 0
