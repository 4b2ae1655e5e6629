"""What the doctor looks at: each check tells what it found and how to get what is missing."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import redis

from api.stack.binaries import POSTGRES_MAJOR, find_postgres, find_redis_server
from api.stack.errors import StackError
from api.stack.keys import HOW, KeyUse, list_keys
from api.stack.ports import reserve_port
from api.stack.provision import CHROMIUM_ADVICE, REDIS_ADVICE
from api.stack.record import find_running
from api.stack.units import pulse_file
from domain.shared.database import Database
from domain.shared.errors import Unavailable
from domain.shared.key_files import KeyTrouble
from domain.shared.repository import read_schema_state
from domain.shared.settings import Settings
from migrations.apply import head_revision
from workers.browser.chromium import ChromiumMissingError, find_chromium, read_version
from workers.executions.pulse import find_trouble

NEEDED_PYTHON = (3, 11)
NEEDED_FREE_BYTES = 1_000_000_000
OTHERS = 0o007
_REDIS_SECONDS = 5.0


class Health(StrEnum):
    """How a check ended; only `MISSING` makes the doctor's exit code 1."""

    OK = "ok"
    MISSING = "missing"
    LATER = "later"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `advice` is empty when there is nothing to do."""

    subject: str
    health: Health
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Run the checks that need no event loop, in the order in which a person would fix them."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        check_python,
        check_postgres_programs,
        check_redis_program,
        check_chromium,
        check_data_directory,
        check_keys,
        check_disk,
        check_port,
        check_redis,
        check_pulses,
    )
    return [check(settings) for check in checks]


def check_python(settings: Settings) -> Finding:
    """The interpreter is new enough."""
    version = sys.version.split()[0]
    if sys.version_info >= NEEDED_PYTHON:
        return Finding("Python", Health.OK, version)
    return Finding("Python", Health.MISSING, version, "install Python 3.11 or newer")


def check_postgres_programs(settings: Settings) -> Finding:
    """PostgreSQL's programs are installed, unless a server of someone else is used."""
    if settings.database_url:
        return Finding("PostgreSQL", Health.OK, "METAMORPH_DATABASE_URL")
    programs = find_postgres()
    if programs is not None:
        return Finding("PostgreSQL", Health.OK, f"{POSTGRES_MAJOR}, {programs.directory}")
    advice = "run `make setup`, or set METAMORPH_DATABASE_URL to a server of your own"
    return Finding("PostgreSQL", Health.MISSING, "not installed", advice)


def check_redis_program(settings: Settings) -> Finding:
    """A Redis program is installed, unless a server of someone else is used."""
    if settings.redis_url:
        return Finding("Redis", Health.OK, "METAMORPH_REDIS_URL")
    program = find_redis_server()
    if program is not None:
        return Finding("Redis", Health.OK, str(program))
    return Finding("Redis", Health.MISSING, "not installed", REDIS_ADVICE)


def check_chromium(settings: Settings) -> Finding:
    """There is a Chromium and it runs."""
    try:
        found = find_chromium(settings.chromium)
    except ChromiumMissingError:
        if settings.chromium:
            advice = "correct METAMORPH_CHROMIUM, or unset it"
            return Finding("Chromium", Health.MISSING, f"{settings.chromium} cannot run", advice)
        return Finding("Chromium", Health.MISSING, "not found", CHROMIUM_ADVICE)
    version = read_version(found)
    if version is None:
        return Finding("Chromium", Health.MISSING, f"{found} does not run", CHROMIUM_ADVICE)
    return Finding("Chromium", Health.OK, f"{version}, {found}")


def check_data_directory(settings: Settings) -> Finding:
    """Data can be written."""
    place = _existing(settings.var_dir)
    try:
        with tempfile.TemporaryFile(dir=place):
            return Finding("data directory", Health.OK, str(settings.var_dir))
    except OSError as error:
        advice = "fix its permissions, or set METAMORPH_VAR_DIR to a directory that can be written"
        found = f"{place}: {error.strerror}"
        return Finding("data directory", Health.MISSING, found, advice)


def check_keys(settings: Settings) -> Finding:
    """Every key is there and only its owner can read it, or it may be made at the start."""
    try:
        entries = list_keys(settings)
    except KeyTrouble as error:
        advice = "mend it, or restore it from a backup: without it what it sealed is lost"
        return Finding("keys", Health.MISSING, str(error), advice)
    missing = [use for use in KeyUse if use not in {entry.use for entry in entries}]
    if missing and settings.makes_keys:
        return Finding("keys", Health.LATER, f"none for {', '.join(missing)}", "start it: make up")
    if missing:
        return Finding("keys", Health.MISSING, f"none for {', '.join(missing)}", HOW)
    open_to_all = [one.path for one in entries if one.path and one.path.stat().st_mode & OTHERS]
    if open_to_all:
        advice = f"chmod 600 {' '.join(map(str, open_to_all))}"
        return Finding("keys", Health.LATER, "others on this machine can read some", advice)
    ids = ", ".join(one.id for one in entries if one.use is KeyUse.DATA)
    previous = any(one.use is KeyUse.TOKENS and not one.is_current for one in entries)
    signing = "two signing keys" if previous else "a signing key"
    return Finding("keys", Health.OK, f"{signing}, {ids} for secrets, one for links")


def check_disk(settings: Settings) -> Finding:
    """There is room for a database and some evidence."""
    free = shutil.disk_usage(_existing(settings.var_dir)).free
    found = f"{free / 1e9:.1f} GB free"
    if free >= NEEDED_FREE_BYTES:
        return Finding("disk", Health.OK, found)
    advice = f"free {NEEDED_FREE_BYTES / 1e9:.0f} GB, or set METAMORPH_VAR_DIR to another disk"
    return Finding("disk", Health.MISSING, found, advice)


def check_port(settings: Settings) -> Finding:
    """The API's port is free, or the stack that runs here has it."""
    record = find_running(settings.var_dir)
    if record is not None:
        return Finding("port", Health.OK, f"used by the running stack, {record.base_url}")
    try:
        reserve_port(settings.host, settings.port)
    except StackError as error:
        problem, _, advice = str(error).partition(": ")
        return Finding("port", Health.MISSING, problem, advice)
    return Finding("port", Health.OK, f"{settings.port} on {settings.host} is free")


def check_redis(settings: Settings) -> Finding:
    """Redis answers, if it should be running now."""
    record = find_running(settings.var_dir)
    url = settings.redis_url or (record.urls.redis if record is not None else "")
    if not url:
        return Finding("Redis reachable", Health.LATER, "not running", "start it: make up")
    try:
        with redis.Redis.from_url(url, socket_timeout=_REDIS_SECONDS) as client:
            client.ping()
    except redis.RedisError as error:
        advice = "check METAMORPH_REDIS_URL and that the server runs"
        return Finding("Redis reachable", Health.MISSING, str(error), advice)
    return Finding("Redis reachable", Health.OK, "answers")


def check_pulses(settings: Settings) -> Finding:
    """The loops of workers and scheduler go round, if they should be running now."""
    record = find_running(settings.var_dir)
    names = record.processes if record is not None else ()
    files = {name: pulse_file(settings.var_dir, name) for name in names}
    kept = {name: file for name, file in files.items() if file.exists()}
    if not kept:
        return Finding("pulse", Health.LATER, "not running", "start it: make up")
    troubles = [f"{name}: {why}" for name, file in kept.items() if (why := find_trouble(file))]
    if not troubles:
        return Finding("pulse", Health.OK, f"goes round: {', '.join(kept)}")
    advice = f"look into {settings.var_dir / 'log'}, then start anew: make down up"
    return Finding("pulse", Health.MISSING, "; ".join(troubles), advice)


async def check_database(settings: Settings) -> Finding:
    """The database answers and has the revision that this code needs, if it should run now."""
    record = find_running(settings.var_dir)
    url = settings.database_url or (record.urls.app if record is not None else "")
    if not url:
        return Finding("database reachable", Health.LATER, "not running", "start it: make up")
    database = Database(url, pool_size=1)
    try:
        state = await read_schema_state(database)
    except Unavailable:
        advice = "check METAMORPH_DATABASE_URL and that the server runs"
        return Finding("database reachable", Health.MISSING, "does not answer", advice)
    finally:
        await database.close()
    head = head_revision()
    found = f"revision {state.revision or 'none'} of {head}, {state.table_count} tables"
    if state.revision == head:
        return Finding("database reachable", Health.OK, found)
    return Finding("database reachable", Health.MISSING, found, "run: make migrate")


def _existing(path: Path) -> Path:
    """The directory itself, or the nearest parent in which it would be created."""
    return next(parent for parent in (path, *path.parents) if os.path.lexists(parent))
