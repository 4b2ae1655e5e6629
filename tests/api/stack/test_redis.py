"""The embedded Redis keeps what was queued, asks for its password, and dies with its owner."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from api.stack import redis as embedded
from api.stack.binaries import find_redis_server
from api.stack.errors import AlreadyOwnedError, StackError
from api.stack.redis import EmbeddedRedis
from tests.api.processes import eventually, is_alive

pytestmark = pytest.mark.integration

OWNER = """
import sys
from pathlib import Path
from api.stack.redis import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(place / "redis")
    yield server
    server.remove()


def write(url: str, key: str, value: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set(key, value)


def read(url: str, key: str) -> bytes | None:
    with redis.Redis.from_url(url) as client:
        return client.get(key)


def test_what_was_written_survives_a_restart(server, place):
    url = server.start()
    write(url, "queue", "full")
    server.stop()
    again = EmbeddedRedis(place / "redis")
    try:
        assert again.start() == url
        assert read(url, "queue") == b"full"
    finally:
        again.stop()


def test_nobody_enters_without_the_password(server, place):
    server.start()
    path = place / "redis" / "sockets" / "redis.sock"
    once = Retry(NoBackoff(), retries=0)
    client = redis.Redis(unix_socket_path=str(path), retry=once)
    with client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_the_password_is_in_no_argument_list_and_readable_by_its_owner_only(server, place):
    server.start()
    password = place / "redis" / "password"
    assert password.stat().st_mode & 0o777 == 0o600
    assert password.read_text() not in Path(f"/proc/{server.pid}/cmdline").read_text()


def test_starting_twice_keeps_the_same_server_and_stopping_twice_is_harmless(server):
    url = server.start()
    pid = server.pid
    assert (server.start(), server.pid) == (url, pid)
    server.stop()
    server.stop()
    assert server.pid is None


def test_a_killed_server_is_started_again_under_the_same_url(server):
    url = server.start()
    os.kill(server.pid, signal.SIGKILL)
    assert eventually(lambda: server.pid is None)
    assert server.start() == url
    write(url, "alive", "yes")
    assert read(url, "alive") == b"yes"


def test_a_second_owner_is_refused_while_the_first_lives(server, place):
    server.start()
    with pytest.raises(AlreadyOwnedError, match=f"in use by process {os.getpid()}"):
        EmbeddedRedis(place / "redis").start()


def test_a_server_whose_owner_was_killed_dies_with_it_or_is_replaced(server, place):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(place / "redis")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(owner.stdout.readline())
    os.kill(pid, signal.SIGSTOP)  # it cannot follow its owner
    owner.kill()
    owner.communicate(timeout=10)
    assert is_alive(pid)
    server.start()
    assert not is_alive(pid)


def test_a_missing_program_is_named_with_ways_to_get_it(server, monkeypatch):
    monkeypatch.setattr("api.stack.binaries.find_redis_server", lambda: None)
    with pytest.raises(StackError, match="no redis-server or valkey-server: run `make setup`"):
        server.start()


def test_a_refused_start_tells_the_servers_own_reason(server, monkeypatch):
    monkeypatch.setattr(embedded, "_SETTINGS", "no-such-setting yes\n")
    with pytest.raises(StackError, match="Redis did not start"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_below_a_private_home_files_go_where_the_account_can_reach_them(private_place):
    server = EmbeddedRedis(private_place / "redis", durable=False)
    try:
        write(server.start(), "a", "b")
        files = (private_place / "redis" / "files").resolve()
        assert not files.is_relative_to(private_place)
    finally:
        server.remove()
    assert not files.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_a_program_below_a_private_home_is_copied(private_place, place, monkeypatch):
    hidden = private_place / "redis-server"
    hidden.write_bytes(find_redis_server().read_bytes())
    hidden.chmod(0o755)
    monkeypatch.setattr("api.stack.binaries.find_redis_server", lambda: hidden)
    monkeypatch.setattr("api.stack.binaries.RELOCATION_ROOT", place / "lib")
    server = EmbeddedRedis(place / "redis", durable=False)
    try:
        server.start()
        assert Path(f"/proc/{server.pid}/exe").readlink().is_relative_to(place / "lib")
    finally:
        server.remove()
