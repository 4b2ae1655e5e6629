"""A private Redis server on a Unix socket, which keeps queued wake-ups across restarts."""

import contextlib
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

from api.stack.binaries import redis_server_for
from api.stack.children import ChildCommand, end_child, start_child
from api.stack.errors import StackError
from api.stack.home import ServerHome, own_directory, prepare_home, remove_home, write_private
from api.stack.leftovers import end_leftovers, processes_in

START_SECONDS = 30.0
_STOP_STEPS = ((signal.SIGTERM, 10.0),)
_SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_CONFIGURATION = "server.conf"
_SOCKET = "redis.sock"

_SETTINGS = """\
# Written at every start.
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
dir "{files}"
daemonize no
save ""
appendonly {append_only}
appendfsync everysec
# A wake-up must not vanish silently: when memory is short, the sender gets an error instead.
maxmemory-policy noeviction
"""


class EmbeddedRedis:
    """One server on one directory, reachable by Unix socket and password.

    Args:
        data_dir: a directory for this server alone; created, and made passable for others when root
            starts the server, which then runs under an unprivileged account.
        durable: False keeps nothing on disk, for tests.
        log: the server's log file; `data_dir/redis.log` unless given.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self._data_dir = data_dir.absolute()
        self._durable = durable
        self._log = log or self._data_dir / "redis.log"
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it is not running."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    def start(self) -> str:
        """Start the server, or restart a crashed one; does nothing when it is running.

        Call it from a thread that lives as long as the server should.

        Returns:
            A `unix://` URL for redis-py.

        Raises:
            AlreadyOwnedError: another living process owns `data_dir`.
            StackError: it cannot be started, with the reason.
        """
        if self.pid is not None and self._url is not None:
            return self._url
        if self._lock is None:
            self._lock = own_directory(self._data_dir)
        try:
            home = prepare_home(self._data_dir, durable=self._durable)
            end_leftovers(processes_in(home.files, "redis-server"), signal.SIGTERM, 10.0)
            end_leftovers(processes_in(home.files, "valkey-server"), signal.SIGTERM, 10.0)
            password = self._password()
            self._write_settings(home, password)
            self._process = self._launch(home, password)
        except BaseException:
            self.stop()
            raise
        self._url = f"unix://:{password}@{quote(str(home.sockets / _SOCKET))}?db=0"
        return self._url

    def stop(self) -> None:
        """Write everything out and end the server; may be called twice."""
        if self._process is not None:
            end_child(self._process, *_STOP_STEPS, whole_group=False)
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Stop the server and delete everything it kept."""
        self.stop()
        remove_home(self._data_dir)

    def _password(self) -> str:
        path = self._data_dir / "password"
        with contextlib.suppress(FileNotFoundError):
            if known := path.read_text().strip():
                return known
        password = secrets.token_urlsafe(24)
        write_private(path, password)
        return password

    def _write_settings(self, home: ServerHome, password: str) -> None:
        settings = _SETTINGS.format(
            socket=home.sockets / _SOCKET,
            password=password,
            files=home.files,
            append_only="yes" if self._durable else "no",
        )
        try:
            write_private(home.files / _CONFIGURATION, settings, home.account)
        except OSError as error:
            raise StackError(f"cannot write {error.filename}: {error.strerror}") from error

    def _launch(self, home: ServerHome, password: str) -> subprocess.Popen[bytes]:
        log_start = self._log.stat().st_size if self._log.exists() else 0
        process = start_child(
            ChildCommand(
                [str(redis_server_for(home.account)), str(home.files / _CONFIGURATION)],
                directory=home.files,
                log=self._log,
                environment=_SERVER_ENVIRONMENT,
                account=home.account,
            )
        )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(home.sockets / _SOCKET, password):
            if process.poll() is not None or time.monotonic() > deadline:
                end_child(process, *_STOP_STEPS, whole_group=False)
                raise StackError(f"Redis did not start: {_reason(self._log, log_start)}")
            time.sleep(0.005)
        return process


def _answers(path: Path, password: str) -> bool:
    """Whether the server takes commands; while it loads its file it answers LOADING instead."""
    with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
        connection.settimeout(1.0)
        connection.connect(str(path))
        connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        answer = b""
        while answer.count(b"\r\n") < 2 and (part := connection.recv(1024)):
            answer += part
        return answer.startswith(b"+OK") and b"+PONG" in answer
    return False


def _reason(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = [line for line in file.read(100_000).decode(errors="replace").splitlines() if line]
    return f"{lines[-1] if lines else 'no reason given'} (all of it: {log})"
