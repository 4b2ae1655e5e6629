"""A private PostgreSQL server: a wheel's programs, owned by this process, kept on disk."""

import contextlib
import json
import re
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil

from api.stack.account import own_name
from api.stack.binaries import POSTGRES_MAJOR, PostgresPrograms, postgres_programs_for
from api.stack.children import ChildCommand, end_child, start_child
from api.stack.errors import StackError
from api.stack.home import ServerHome, own_directory, prepare_home, remove_home, write_private
from api.stack.leftovers import end_leftovers, processes_in

START_SECONDS = 60.0
"""Recovery after a power cut may replay a gigabyte of log; an ordinary start takes 0.1 s."""

_STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))
_LOG_BYTES = 10_000_000
_ROLES_SQL = Path(__file__).with_name("roles.sql")
_SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

_SETTINGS = """\
# Written at every start. Put your own settings into custom.conf in this directory.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 128MB
# Passwords are 192 random bits: hashing them 4096 times would only slow each connection down.
scram_iterations = 1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u '
log_checkpoints = off
{durability}
include_if_exists = 'custom.conf'
"""
_NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off"
_COMPLAINT = re.compile(r"(?:FATAL|PANIC|ERROR|error): +(.*)")
_ACCESS = "local all postgres peer map=superuser\nlocal all all scram-sha-256\n"


@dataclass(frozen=True)
class PostgresUrls:
    """SQLAlchemy (asyncpg) URLs of the database `metamorph`, one per role."""

    owner: str
    app: str
    engine: str


class EmbeddedPostgres:
    """One server on one directory, reachable by Unix socket only.

    Args:
        data_dir: a directory for this server alone; created, and made passable for others when root
            starts the server, because PostgreSQL then runs under an unprivileged account.
        durable: False trades safety against power cuts for speed, for tests.
        log: the server's log file; `data_dir/postgres.log` unless given.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self._durable = durable
        self._log = log or self.data_dir / "postgres.log"
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._urls: PostgresUrls | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it is not running."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    def start(self) -> PostgresUrls:
        """Start the server, or restart a crashed one; does nothing when it is running.

        Call it from a thread that lives as long as the server should.

        Raises:
            AlreadyOwnedError: another living process owns `data_dir`.
            StackError: it cannot be started, with the reason.
        """
        if self.pid is not None and self._urls is not None:
            return self._urls
        if self._lock is None:
            self._lock = own_directory(self.data_dir)
        try:
            home = prepare_home(self.data_dir, durable=self._durable)
            programs = postgres_programs_for(home.account)
            self._end_leftovers(home)
            self._create_cluster(home, programs)
            self._write_settings(home)
            self._process = self._launch(home, programs)
            self._urls = self._ensure_roles(home, programs)
        except BaseException:
            self.stop()
            raise
        return self._urls

    def stop(self) -> None:
        """Disconnect clients, write everything out and end the server; may be called twice."""
        if self._process is not None:
            end_child(self._process, *_STOP_STEPS, whole_group=False)
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def remove(self) -> None:
        """Stop the server and delete everything it kept."""
        self.stop()
        remove_home(self.data_dir)

    def run_sql(self, statements: str, database: str = "metamorph") -> str:
        """Run statements as superuser on the running server; returns rows as unaligned text.

        Raises:
            StackError: a statement failed.
        """
        home = prepare_home(self.data_dir, durable=self._durable)
        programs = postgres_programs_for(home.account)
        return _psql(home, programs, database, ["-At", "-c", statements], {})

    def _end_leftovers(self, home: ServerHome) -> None:
        """Stop a server whose owner was killed; the lock we hold says that nobody owns it now."""
        pid_file = home.files / "postmaster.pid"
        leftovers = processes_in(home.files, "postgres")
        postmaster = _read_pid(pid_file)
        end_leftovers((p for p in leftovers if p.pid == postmaster), signal.SIGINT, 20.0)
        end_leftovers((p for p in leftovers if p.pid != postmaster), signal.SIGTERM, 5.0)
        if postmaster is not None and psutil.pid_exists(postmaster):
            # The id now belongs to something else; PostgreSQL would refuse to start because of it.
            pid_file.unlink(missing_ok=True)

    def _create_cluster(self, home: ServerHome, programs: PostgresPrograms) -> None:
        version_file = home.files / "PG_VERSION"
        if version_file.exists():
            if (version := version_file.read_text().strip()) != str(POSTGRES_MAJOR):
                raise StackError(
                    f"{home.files} was written by PostgreSQL {version}, this is {POSTGRES_MAJOR}: "
                    "dump it with the old version, or choose another METAMORPH_VAR_DIR"
                )
            return
        for rest in home.files.iterdir():  # an initdb that was interrupted
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
        arguments = ["-D", str(home.files), "-U", "postgres", "-A", "peer", "-E", "UTF8"]
        # The built-in provider sorts the same on every machine and with every C library.
        arguments += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
        arguments += ["--no-instructions", *([] if self._durable else ["--no-sync"])]
        account = home.account
        result = subprocess.run(
            [programs.path("initdb"), *arguments],
            cwd=home.files,
            env=_SERVER_ENVIRONMENT,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise StackError(f"cannot create the database files: {_last_line(result.stderr)}")

    def _write_settings(self, home: ServerHome) -> None:
        settings = _SETTINGS.format(
            sockets=str(home.sockets).replace("'", "''"),
            durability="" if self._durable else _NOT_DURABLE,
        )
        users = {own_name(), home.account.name if home.account else own_name()}
        names = "".join(f'superuser "{user}" postgres\n' for user in sorted(users))
        try:
            write_private(home.files / "postgresql.conf", settings, home.account)
            write_private(home.files / "pg_hba.conf", _ACCESS, home.account)
            write_private(home.files / "pg_ident.conf", names, home.account)
        except OSError as error:
            raise StackError(f"cannot write {error.filename}: {error.strerror}") from error

    def _launch(self, home: ServerHome, programs: PostgresPrograms) -> subprocess.Popen[bytes]:
        with contextlib.suppress(FileNotFoundError):
            if self._log.stat().st_size > _LOG_BYTES:
                self._log.replace(self._log.with_name(f"{self._log.name}.1"))
        log_start = self._log.stat().st_size if self._log.exists() else 0
        process = start_child(
            ChildCommand(
                [programs.path("postgres"), "-D", str(home.files)],
                directory=home.files,
                log=self._log,
                environment=_SERVER_ENVIRONMENT,
                death_signal=signal.SIGINT,  # "fast": disconnect clients, checkpoint, exit
                account=home.account,
            )
        )
        pid_file = home.files / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while not _is_ready(pid_file, process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                end_child(process, *_STOP_STEPS, whole_group=False)
                raise StackError(f"PostgreSQL did not start: {_reason(self._log, log_start)}")
            time.sleep(0.005)
        return process

    def _ensure_roles(self, home: ServerHome, programs: PostgresPrograms) -> PostgresUrls:
        passwords = self._passwords()
        environment = {
            f"METAMORPH_{role.upper()}_PASSWORD": password for role, password in passwords.items()
        }
        _psql(home, programs, "postgres", ["-f", str(_ROLES_SQL)], environment)
        host = quote(str(home.sockets), safe="")
        return PostgresUrls(
            **{
                role: f"postgresql+asyncpg://metamorph_{role}:{password}@/metamorph?host={host}"
                for role, password in passwords.items()
            }
        )

    def _passwords(self) -> dict[str, str]:
        path = self.data_dir / "passwords.json"
        with contextlib.suppress(FileNotFoundError, ValueError):
            known = json.loads(path.read_text())
            return {role: str(known[role]) for role in ("owner", "app", "engine")}
        passwords = {role: secrets.token_urlsafe(24) for role in ("owner", "app", "engine")}
        write_private(path, json.dumps(passwords))
        return passwords


def _psql(
    home: ServerHome,
    programs: PostgresPrograms,
    database: str,
    arguments: list[str],
    environment: dict[str, str],
) -> str:
    connection = ["-h", str(home.sockets), "-U", "postgres", "-d", database]
    result = subprocess.run(
        [programs.path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *connection, *arguments],
        env={**_SERVER_ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise StackError(f"PostgreSQL refused a statement: {_last_line(result.stderr)}")
    return result.stdout


def _read_pid(pid_file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file.read_text().splitlines()[0])
    return None


def _is_ready(pid_file: Path, pid: int) -> bool:
    """Whether the server itself says so, in the eighth line of its pid file."""
    with contextlib.suppress(OSError, ValueError):
        lines = pid_file.read_text().splitlines()
        return len(lines) >= 8 and int(lines[0]) == pid and lines[7].strip() == "ready"
    return False


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [match[1] for line in lines if (match := _COMPLAINT.search(line))]
    found = (errors or lines or ["no reason given"])[-1]
    if "No space left on device" in found:
        return f"{found}. Free space, or set METAMORPH_VAR_DIR to a directory on another disk"
    return found


def _reason(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return f"{_last_line(file.read(100_000).decode(errors='replace'))} (all of it: {log})"
