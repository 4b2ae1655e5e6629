"""Migrations run with the stack up or down, forwards and back."""

import pytest

from api.stack.postgres import EmbeddedPostgres
from migrations.apply import head_revision

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

REVISION = "SELECT version_num FROM alembic_version"


def test_with_the_stack_down_a_server_is_started_just_for_this(stack):
    assert stack.run("migrate").returncode == 0
    server = EmbeddedPostgres(stack.var_dir / "postgres")
    try:
        server.start()
        assert server.run_sql(REVISION).strip() == head_revision()
    finally:
        server.stop()


def test_the_owners_url_alone_is_enough_and_no_other_will_do(stack, stores):
    assert stack.run("migrate", METAMORPH_OWNER_DATABASE_URL=stores.urls.owner).returncode == 0
    refused = stack.run("migrate", METAMORPH_DATABASE_URL=stores.urls.app)
    assert refused.returncode == 1
    assert "METAMORPH_OWNER_DATABASE_URL must be set too" in refused.stderr
    assert not stack.var_dir.exists()


def test_with_the_stack_up_its_database_goes_one_back_and_forward_again(running):
    assert running.run("migrate", "--down").returncode == 0
    assert "missing" in running.run("doctor").stdout
    assert running.run("migrate").returncode == 0
    assert running.run("doctor").returncode == 0
