"""The embedded PostgreSQL keeps data, survives kills, and gives each role what it may have."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from api.stack import binaries
from api.stack.binaries import PostgresPrograms, find_postgres
from api.stack.errors import AlreadyOwnedError, StackError
from api.stack.postgres import EmbeddedPostgres
from tests.api.processes import eventually, is_alive

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
OWNER = """
import sys
from pathlib import Path
from api.stack.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(place / "postgres", durable=False)
    yield postgres
    postgres.remove()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that several tests look at; they must leave it running."""
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("shared") / "postgres", durable=False)
    postgres.start()
    yield postgres
    postgres.remove()


async def ask(url: str, statement: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.scalar(text(statement))
    finally:
        await engine.dispose()


def start_owner(directory: Path) -> tuple[subprocess.Popen[str], int]:
    """A process that owns a server; returns it with the server's process id."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    return owner, int(owner.stdout.readline())


def end_owner(owner: subprocess.Popen[str], number: signal.Signals) -> None:
    owner.send_signal(number)
    owner.communicate(timeout=10)


async def test_each_role_reaches_the_database_and_none_has_special_rights(shared):
    urls = shared.start()
    for role, url in {"owner": urls.owner, "app": urls.app, "engine": urls.engine}.items():
        rights = (
            "SELECT concat_ws(' ', rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb)"
        )
        found = await ask(url, f"{rights} FROM pg_roles WHERE rolname = current_user")
        assert found == f"metamorph_{role} f f f f"


async def test_a_wrong_password_is_refused(shared):
    urls = shared.start()
    password = urls.app.split(":")[2].split("@")[0]
    with pytest.raises(Exception, match="password authentication failed"):
        await ask(urls.app.replace(password, "guessed"), "SELECT 1")


def test_no_other_role_may_connect(shared):
    allowed = "SELECT has_database_privilege('{}', 'metamorph', 'CONNECT')"
    assert shared.run_sql(allowed.format("pg_monitor")) == "f\n"
    assert shared.run_sql(allowed.format("metamorph_app")) == "t\n"


async def test_only_the_owner_may_create_tables(shared):
    urls = shared.start()
    with pytest.raises(DBAPIError, match="permission denied for schema public"):
        await ask(urls.app, "CREATE TABLE mine (id int)")
    with pytest.raises(DBAPIError, match="permission denied for schema public"):
        await ask(urls.engine, "CREATE TABLE mine (id int)")


async def test_data_and_urls_survive_a_restart(server, place):
    urls = server.start()
    engine = create_async_engine(urls.owner)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE kept AS SELECT 42 AS answer"))
    await engine.dispose()
    server.stop()
    again = EmbeddedPostgres(place / "postgres", durable=False)
    try:
        assert again.start() == urls
        assert await ask(urls.owner, "SELECT answer FROM kept") == 42
    finally:
        again.stop()


def test_starting_twice_keeps_the_same_server_and_stopping_twice_is_harmless(server):
    first = server.start()
    pid = server.pid
    assert server.start() == first
    assert server.pid == pid
    server.stop()
    server.stop()
    assert server.pid is None


def test_a_killed_server_is_started_again_under_the_same_urls(server):
    urls = server.start()
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: server.pid is None)
    assert server.start() == urls
    assert server.run_sql("SELECT 1") == "1\n"
    assert server.pid != killed


def test_passwords_and_files_are_readable_by_their_owner_only(shared):
    directory = shared.data_dir
    assert (directory / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert (directory / "files").stat().st_mode & 0o777 == 0o700
    assert ((directory / "files").resolve().parent / "sockets").stat().st_mode & 0o777 == 0o700


def test_a_second_owner_is_refused_while_the_first_lives(shared):
    with pytest.raises(AlreadyOwnedError, match=f"in use by process {os.getpid()}"):
        EmbeddedPostgres(shared.data_dir, durable=False).start()
    assert shared.run_sql("SELECT 1") == "1\n"


def test_the_server_dies_with_its_owner(place):
    owner, pid = start_owner(place / "postgres")
    end_owner(owner, signal.SIGKILL)
    assert eventually(lambda: not is_alive(pid))


def test_a_server_whose_owner_was_killed_is_replaced(server, place):
    owner, pid = start_owner(place / "postgres")
    os.kill(pid, signal.SIGSTOP)  # it cannot follow its owner
    end_owner(owner, signal.SIGKILL)
    assert is_alive(pid)
    server.start()
    assert not is_alive(pid)
    assert server.run_sql("SELECT 1") == "1\n"


def test_a_pid_file_that_names_a_foreign_process_is_no_obstacle(server, place):
    server.start()
    files = place / "postgres" / "files"
    content = (files / "postmaster.pid").read_text()
    os.kill(server.pid, signal.SIGKILL)
    assert eventually(lambda: server.pid is None)
    user = files.stat().st_uid  # of others, PostgreSQL itself knows that they are no server
    with subprocess.Popen(["sleep", "60"], user=user if os.geteuid() == 0 else None) as stranger:
        _, _, rest = content.partition("\n")
        (files / "postmaster.pid").write_text(f"{stranger.pid}\n{rest}")
        server.start()
        assert stranger.poll() is None
        stranger.kill()
    assert server.run_sql("SELECT 1") == "1\n"


def test_an_interrupted_creation_is_begun_again(server, place):
    files = place / "postgres" / "files"
    (files / "base").mkdir(parents=True)
    (files / "base" / "1").write_text("half written")
    files.chmod(0o700)
    server.start()
    assert server.run_sql("SELECT 1") == "1\n"


def test_data_of_another_major_version_is_left_alone_and_named(server, place):
    files = place / "postgres" / "files"
    files.mkdir(parents=True)
    (files / "PG_VERSION").write_text("16\n")
    with pytest.raises(StackError, match="written by PostgreSQL 16, this is 18"):
        server.start()
    assert (files / "PG_VERSION").read_text() == "16\n"


def test_a_refused_start_tells_the_servers_own_reason(server, place):
    server.start()
    server.stop()
    (place / "postgres" / "files" / "custom.conf").write_text("shared_buffers = many\n")
    with pytest.raises(StackError, match=r"PostgreSQL did not start: .*custom\.conf"):
        server.start()


@AS_ROOT
def test_below_a_private_home_the_files_go_where_the_account_can_reach_them(private_place):
    server = EmbeddedPostgres(private_place / "postgres", durable=False)
    try:
        server.start()
        assert server.run_sql("SELECT 1") == "1\n"
        files = (private_place / "postgres" / "files").resolve()
        assert not files.is_relative_to(private_place)
        assert private_place.stat().st_mode & 0o777 == 0o700
    finally:
        server.remove()
    assert not files.exists()


@AS_ROOT
def test_programs_below_a_private_home_are_copied_to_where_the_account_can_reach_them(
    private_place, place, monkeypatch
):
    installed = find_postgres()
    package = installed.directory.parent.parent
    wheel = private_place / "site"
    wheel.mkdir()
    for part in (package, package.with_name(f"{package.name}.libs")):
        subprocess.run(["cp", "-a", str(part), str(wheel)], check=True)
    hidden = PostgresPrograms(wheel / package.name / "pginstall18" / "bin")
    monkeypatch.setattr(binaries, "find_postgres", lambda: hidden)
    monkeypatch.setattr(binaries, "RELOCATION_ROOT", place / "lib")
    server = EmbeddedPostgres(place / "postgres", durable=False)
    try:
        server.start()
        assert Path(f"/proc/{server.pid}/exe").readlink().is_relative_to(place / "lib")
    finally:
        server.remove()
    assert private_place.stat().st_mode & 0o777 == 0o700


@AS_ROOT
def test_root_continues_a_server_under_the_user_who_made_it(place):
    files = place / "postgres" / "files"
    files.mkdir(parents=True, mode=0o700)
    os.chown(files, 65534, 65534)
    server = EmbeddedPostgres(place / "postgres", durable=False)
    try:
        server.start()
        assert Path(f"/proc/{server.pid}").stat().st_uid == 65534
    finally:
        server.remove()


def test_a_very_long_path_gets_a_short_socket(place):
    deep = place / ("d" * 60) / ("e" * 60) / "postgres"
    server = EmbeddedPostgres(deep, durable=False)
    try:
        server.start()
        assert server.run_sql("SELECT 1") == "1\n"
    finally:
        server.remove()
