"""The first administrator and the first allowed host come from the command line."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.accounts.login import Login, login
from domain.accounts.models import Workspace
from domain.accounts.sessions import Authority
from tests.factories.accounts import make_authority, units_of
from tests.fixtures.database import Databases
from tests.support.forked import run_command

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]

PASSWORD = "correct horse battery staple"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(databases: Databases, tmp_path: Path) -> Run:
    """Run a command against this test's database."""
    assert databases.urls is not None
    environment = {
        "PATH": "/usr/bin:/bin",
        "METAMORPH_VAR_DIR": str(tmp_path),
        "METAMORPH_DATABASE_URL": databases.urls.app,
        "METAMORPH_ENGINE_DATABASE_URL": databases.urls.engine,
        "METAMORPH_OWNER_DATABASE_URL": databases.urls.owner,
        "METAMORPH_REDIS_URL": "redis://127.0.0.1:1",
    }

    def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return run_command(arguments, environment, typed)

    return run


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "keys")


async def test_an_administrator_signs_in_with_the_password_that_was_typed(
    run: Run, databases: Databases, authority: Authority
):
    created = run("admin", "create", "--email", "kim@a.test", "--password-stdin", typed=PASSWORD)
    assert created.returncode == 0, created.stderr
    assert PASSWORD not in created.stdout + created.stderr
    await login(units_of(databases.app), authority, Login("kim@a.test", PASSWORD))
    again = run("admin", "create", "--email", "Kim@a.test")
    assert (again.returncode, again.stderr) == (0, "")
    assert "nothing was changed" in again.stdout


async def test_a_generated_password_is_shown_once_and_works(
    run: Run, databases: Databases, authority: Authority
):
    created = run("admin", "create", "--email", "kim@a.test", "--workspace", "Purple")
    password = created.stdout.rpartition("Password: ")[2].strip()
    signed_in = await login(units_of(databases.app), authority, Login("kim@a.test", password))
    async with databases.app.session(signed_in.workspace_id) as session:
        assert (await session.scalars(select(Workspace.name))).all() == ["Purple"]


async def test_hosts_are_allowed_by_the_only_person_there_is(run: Run):
    assert run("admin", "create", "--email", "kim@a.test").returncode == 0
    first = run("workspace", "allow-host", "localhost:8000", "*.Example.test")
    assert first.stdout == "Tests may reach: localhost:8000, *.example.test\n"
    second = run("workspace", "allow-host", "localhost:8000", "b.test", "--as", "kim@a.test")
    assert second.stdout == "Tests may reach: localhost:8000, *.example.test, b.test\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["admin", "create", "--email", "kim"], "This is not a mail address."),
        (["admin", "create", "--email", "k@a.test", "--password-stdin"], "at least 12 characters"),
        (["workspace", "allow-host", "a.test"], "say who you are with --as ADDRESS"),
        (["workspace", "allow-host", "a.test", "--as", "x@a.test"], "nobody here has the address"),
    ],
)
async def test_what_is_wrong_is_said_in_one_line(run: Run, arguments: list[str], line: str):
    refused = run(*arguments)
    assert refused.returncode == 1
    assert line in refused.stderr
    assert refused.stderr.count("\n") == 1


async def test_a_host_that_is_none_is_refused(run: Run):
    assert run("admin", "create", "--email", "kim@a.test").returncode == 0
    refused = run("workspace", "allow-host", "http://a.test/")
    assert refused.returncode == 1
    assert "write a host" in refused.stderr
