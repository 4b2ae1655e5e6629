"""Keeps one stack running: starts its parts in order, restarts what crashes, stops all cleanly."""

import contextlib
import http.client
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from api.stack.children import ChildCommand, start_child
from api.stack.errors import StackError
from api.stack.journal import Journal, last_words, rotate_logs
from api.stack.leftovers import ProcessMark
from api.stack.postgres import EmbeddedPostgres
from api.stack.record import (
    StackRecord,
    StackUrls,
    end_processes_of,
    forget_record,
    read_record,
    write_record,
)
from api.stack.redis import EmbeddedRedis
from api.stack.units import (
    QUICK_CRASH_SECONDS,
    ProcessSpec,
    ProcessUnit,
    Unit,
    pulse_file,
    restart_delay,
)

READY_SECONDS = 90.0
SETTLED_SECONDS = 0.5
CRASHES_BEFORE_GIVING_UP = 3
"""While starting only: later on, a crashing part is retried for ever, ever more slowly."""

_TICK_SECONDS = 1.0
_POLL_SECONDS = 0.05
_ROTATE_EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class StackPlan:
    """What to run.

    Attributes:
        listens_at: host and port where the API is asked whether it is ready.
        base_url: the address that people use.
        urls: servers of someone else; where the embedded ones are used, empty.
        migrate: the command that brings the database to the newest revision; empty for none.
        ready_path: answers 200 when the API can serve.
    """

    var_dir: Path
    listens_at: tuple[str, int]
    base_url: str
    urls: StackUrls
    processes: tuple[ProcessSpec, ...]
    migrate: tuple[str, ...]
    environment: dict[str, str]
    ready_path: str = "/readyz"

    @property
    def log_dir(self) -> Path:
        """Where every part writes its log."""
        return self.var_dir / "log"


@dataclass
class _Watched:
    """A unit with the history of its crashes."""

    unit: Unit
    started: float = 0.0
    quick_crashes: int = 0
    restarts: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Runs one plan in the calling process; the caller holds the stack's lock."""

    plan: StackPlan
    announce: Callable[[StackRecord], None] = lambda record: None
    _watched: dict[str, _Watched] = field(default_factory=dict)
    _stop_asked: bool = False

    def __post_init__(self) -> None:
        self._journal = Journal(self.plan.log_dir)
        self._record = StackRecord(ProcessMark.of(os.getpid()), self.plan.base_url, self.plan.urls)

    def run(self) -> None:
        """Start everything, keep it running until SIGTERM or SIGINT, stop everything.

        Raises:
            StackError: something could not be started; what was started is stopped again.
        """
        with _signals_as_wakeups(self._ask_to_stop) as wakeups:
            try:
                self._clean_up_after_the_last()
                urls = self._start_servers()
                self._migrate(urls)
                self._start_processes(urls)
                self._await_ready(wakeups)
                self._watch(wakeups)
            finally:
                self._stop_all()

    def _ask_to_stop(self) -> None:
        self._stop_asked = True

    def _clean_up_after_the_last(self) -> None:
        """A supervisor that was killed could not stop its processes; the kernel asked them to."""
        record = read_record(self.plan.var_dir)
        if record is not None and (ended := end_processes_of(record)):
            self._journal.write("leftovers_ended", count=ended)

    def _start_servers(self) -> StackUrls:
        urls, logs = self.plan.urls, self.plan.log_dir
        if not urls.app:
            postgres = EmbeddedPostgres(self.plan.var_dir / "postgres", log=logs / "postgres.log")
            self._watched["postgres"] = _Watched(postgres)
            self._start("postgres")
            made = postgres.start()
            urls = replace(urls, app=made.app, engine=made.engine, owner=made.owner)
        if not urls.redis:
            redis = EmbeddedRedis(self.plan.var_dir / "redis", log=logs / "redis.log")
            self._watched["redis"] = _Watched(redis)
            self._start("redis")
            urls = replace(urls, redis=redis.start())
        self._record = replace(self._record, urls=urls)
        self._write_record()
        return urls

    def _migrate(self, urls: StackUrls) -> None:
        if not self.plan.migrate or self._stop_asked:
            return
        log = self.plan.log_dir / "migrate.log"
        environment = {**self.plan.environment, **urls.as_environment()}
        migration = start_child(
            ChildCommand(self.plan.migrate, self.plan.log_dir, log, environment)
        )
        if migration.wait() != 0:
            raise StackError(f"the database could not be migrated: {last_words(log)} (see {log})")
        self._journal.write("migrated")

    def _start_processes(self, urls: StackUrls) -> None:
        environment = {**self.plan.environment, **urls.as_environment()}
        for spec in self.plan.processes:
            log = self.plan.log_dir / f"{spec.name}.log"
            pulse = {"METAMORPH_PULSE_FILE": str(pulse_file(self.plan.var_dir, spec.name))}
            self._watched[spec.name] = _Watched(ProcessUnit(spec, log, {**environment, **pulse}))
            self._start(spec.name)
        self._write_record()

    def _start(self, name: str) -> None:
        watched = self._watched[name]
        watched.unit.start()
        watched.started = time.monotonic()
        watched.restart_at = None
        self._journal.write("started", part=name, pid=watched.unit.pid)

    def _await_ready(self, wakeups: socket.socket) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._stop_asked and not self._is_ready():
            self._restart_crashed()
            for name, watched in self._watched.items():
                if watched.quick_crashes >= CRASHES_BEFORE_GIVING_UP:
                    raise StackError(self._why(f"{name} keeps crashing", name))
            if time.monotonic() > deadline:
                raise StackError(self._why(f"not ready after {READY_SECONDS:.0f} s", "api"))
            _wait(wakeups, _POLL_SECONDS)
        if not self._stop_asked:
            self._record = replace(self._record, ready=True)
            self._write_record()
            self._journal.write("ready", url=self.plan.base_url)
            self.announce(self._record)

    def _is_ready(self) -> bool:
        """The API answers, and no part has just been started: it may be about to crash again."""
        settled = time.monotonic() - SETTLED_SECONDS
        return all(
            watched.unit.pid is not None and watched.started < settled
            for watched in self._watched.values()
        ) and answers(self.plan.listens_at, self.plan.ready_path)

    def _why(self, problem: str, name: str) -> str:
        log = self.plan.log_dir / f"{name}.log"
        return f"{problem}: {last_words(log)} (see {log})"

    def _watch(self, wakeups: socket.socket) -> None:
        rotate_at = time.monotonic() + _ROTATE_EVERY_SECONDS
        while not self._stop_asked:
            _wait(wakeups, _TICK_SECONDS)
            self._restart_crashed()
            if time.monotonic() > rotate_at:
                rotate_logs(self.plan.log_dir)
                rotate_at = time.monotonic() + _ROTATE_EVERY_SECONDS

    def _restart_crashed(self) -> None:
        changed = False
        for name, watched in self._watched.items():
            if self._stop_asked or watched.unit.pid is not None:
                continue
            if watched.restart_at is None:
                self._note_crash(name, watched)
            if watched.restart_at is not None and time.monotonic() >= watched.restart_at:
                self._restart(name, watched)
                changed = True
        if changed:
            self._write_record()

    def _note_crash(self, name: str, watched: _Watched) -> None:
        lived = time.monotonic() - watched.started
        watched.quick_crashes = watched.quick_crashes + 1 if lived < QUICK_CRASH_SECONDS else 1
        delay = restart_delay(watched.quick_crashes)
        watched.restart_at = time.monotonic() + delay
        words = last_words(self.plan.log_dir / f"{name}.log")
        self._journal.write("crashed", part=name, restart_in=delay, last_line=words)

    def _restart(self, name: str, watched: _Watched) -> None:
        watched.restarts += 1
        try:
            self._start(name)
        except StackError as error:
            self._journal.write("restart_failed", part=name, reason=str(error))
            watched.started = time.monotonic()
            watched.restart_at = None

    def _write_record(self) -> None:
        processes = {}
        for name, watched in self._watched.items():
            if (pid := watched.unit.pid) is not None:
                with contextlib.suppress(ProcessLookupError):
                    processes[name] = ProcessMark.of(pid)
        restarts = {name: watched.restarts for name, watched in self._watched.items()}
        self._record = replace(self._record, processes=processes, restarts=restarts)
        try:
            write_record(self.plan.var_dir, self._record)
        except OSError as error:  # a full disk; the stack itself may still be useful
            self._journal.write("record_not_written", reason=error.strerror)

    def _stop_all(self) -> None:
        """The API first, so that nothing new comes in; the servers last, when nobody needs them."""
        self._journal.write("stopping")
        self._record = replace(self._record, ready=False)
        self._write_record()
        processes = [w.unit for w in self._watched.values() if isinstance(w.unit, ProcessUnit)]
        for index, unit in enumerate(processes):
            unit.ask_to_stop()
            if index == 0:
                unit.stop()
        for unit in processes:
            unit.stop()
        for name in ("redis", "postgres"):
            if name in self._watched:
                self._watched[name].unit.stop()
        forget_record(self.plan.var_dir)
        self._journal.write("stopped")


def answers(address: tuple[str, int], path: str) -> bool:
    """Whether the API answers 200 on `path`."""
    connection = http.client.HTTPConnection(*address, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def _signals_as_wakeups(on_stop: Callable[[], None]) -> Iterator[socket.socket]:
    """Turn SIGTERM, SIGINT and the end of any child into bytes on a socket, for `select`."""
    receiver, sender = socket.socketpair()
    receiver.setblocking(False)
    sender.setblocking(False)

    def stop(number: int, frame: FrameType | None) -> None:
        on_stop()

    def note(number: int, frame: FrameType | None) -> None:
        """The byte on the socket says it all."""

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: stop}
    earlier = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    earlier[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, note)
    earlier_fd = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    try:
        yield receiver
    finally:
        signal.set_wakeup_fd(earlier_fd)
        for number, handler in earlier.items():
            signal.signal(number, handler)
        receiver.close()
        sender.close()


def _wait(wakeups: socket.socket, seconds: float) -> None:
    ready, _, _ = select.select([wakeups], [], [], seconds)
    if ready:
        wakeups.recv(4096)
