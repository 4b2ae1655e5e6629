"""`metamorph keys`: what an operator types, what it says, and what it never shows."""

import base64
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api.stack.checks import examine
from api.stack.keys import make_missing
from domain.accounts.keys import SIGNING_FILE, SigningKeys, write_begin
from domain.accounts.models import User
from domain.shared.crypto import FollowedDataKeys, Sealer, read_data_keys
from domain.shared.sealed.drop_key import SETTLING
from domain.shared.settings import Settings
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.support.forked import run_command

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(databases: Databases, tmp_path: Path) -> Run:
    """Run a command against this test's database, in production."""
    assert databases.urls is not None
    environment = {
        "PATH": "/usr/bin:/bin",
        "COLUMNS": "120",
        "METAMORPH_ENVIRONMENT": "production",
        "METAMORPH_VAR_DIR": str(tmp_path),
        "METAMORPH_DATABASE_URL": databases.urls.app,
        "METAMORPH_ENGINE_DATABASE_URL": databases.urls.engine,
        "METAMORPH_OWNER_DATABASE_URL": databases.urls.owner,
        "METAMORPH_REDIS_URL": "redis://127.0.0.1:1",
    }

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, environment | more)

    return run


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def made(tmp_path: Path, keys_directory: Path, keys: Path) -> Path:
    """The directory with every key in it."""
    shutil.copytree(keys_directory, keys)
    make_missing(Settings(var_dir=tmp_path))
    return keys


def age(path: Path, seconds: float) -> None:
    """Let a key have been made earlier."""
    made = time.time() - seconds
    os.utime(path, (made, made))


def replaced_long_ago(path: Path) -> None:
    """Let the signing key have begun to sign earlier, so that no token of the one before lives."""
    begun = write_begin(datetime.now(UTC) - timedelta(minutes=16))
    path.write_bytes(begun + path.read_bytes().partition(b"\n")[2])


async def seal_for(tenant: Tenant, keys: Path) -> None:
    sealer = Sealer(read_data_keys(keys))
    sealed = sealer.seal("JBSWY3DPEHPK3PXP", belongs_to=f"totp:{tenant.actor.user_id}")
    async with tenant.begin() as uow:
        statement = update(User).where(User.id == tenant.actor.user_id)
        await uow.session.execute(statement.values(totp_secret=sealed))


async def read_sealed(tenant: Tenant) -> str:
    async with tenant.read() as session:
        user: Any = await session.get(User, tenant.actor.user_id)
        return str(user.totp_secret)


@pytest.mark.parametrize("process", ["api", "worker", "scheduler", "up"])
def test_nothing_starts_in_production_without_keys(run: Run, keys: Path, process: str):
    refused = run(process)
    assert refused.returncode == 1
    assert "no key for" in refused.stderr
    assert refused.stderr.endswith("metamorph keys make\n")
    assert refused.stderr.count("\n") == 1
    assert not keys.exists()


def test_a_broken_key_stops_the_start_with_one_line(run: Run, made: Path):
    (made / "data.key").write_bytes(b"short")
    refused = run("scheduler")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "data.key" in refused.stderr


def test_keys_are_made_once_and_shown_by_id_only(run: Run, keys: Path):
    made = run("keys", "make")
    assert made.returncode == 0, made.stderr
    assert made.stdout.count("Made a key for") == 3
    content = {path.name: path.read_bytes() for path in keys.iterdir()}
    assert run("keys", "make").stdout == "Nothing is missing.\n"
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == content
    shown = run("keys", "list")
    assert shown.returncode == 0
    assert "k1" in shown.stdout
    assert SigningKeys.read(keys).current.kid[:12] in shown.stdout
    for name in ("data.key", "links.key"):
        for text in (content[name].hex(), base64.b64encode(content[name]).decode()):
            assert text not in shown.stdout + made.stdout


def test_signing_keys_rotate_and_the_one_before_is_protected(run: Run, made: Path):
    first = SigningKeys.read(made).current.kid
    rotated = run("keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    assert f"metamorph keys drop {first[:12]}" in rotated.stdout
    assert "is published, and signs from" in rotated.stdout
    assert SigningKeys.read(made).current.kid == first
    assert "signs from" in run("keys", "list").stdout
    refused = run("keys", "rotate")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "--force" in refused.stderr
    assert run("keys", "drop", first[:12]).returncode == 1
    assert first in SigningKeys.read(made).accepted
    replaced_long_ago(made / SIGNING_FILE)
    assert run("keys", "drop", first[:12]).returncode == 0
    assert first not in SigningKeys.read(made).accepted
    assert "are signed with" in run("keys", "rotate", "--now").stdout
    assert run("keys", "rotate", "--force").returncode == 0


def test_keys_change_without_a_database_and_the_audit_log_is_told_later(run: Run, made: Path):
    nowhere = {"METAMORPH_OWNER_DATABASE_URL": "postgresql+asyncpg://x@nowhere.invalid/x"}
    rotated = run("keys", "rotate", "--now", **nowhere)
    assert (rotated.returncode, rotated.stderr.count("\n")) == (0, 1)
    assert "told later" in rotated.stderr
    assert list(made.glob("untold-*.json"))
    assert run("keys", "make").stdout == "Nothing is missing.\n"
    assert not list(made.glob("untold-*.json"))


def test_an_id_that_looks_like_an_option_is_an_id(run: Run, made: Path):
    refused = run("keys", "drop", "-w_piP_nmtt0")
    assert refused.stderr == "metamorph: there is no key -w_piP_nmtt0\n"


async def test_a_data_key_is_rotated_beside_a_running_process_and_dropped_later(
    run: Run, made: Path, tenant: Tenant
):
    await seal_for(tenant, made)
    running = Sealer(FollowedDataKeys(made))
    rotated = run("keys", "rotate-data")
    assert rotated.returncode == 0, rotated.stderr
    assert "Made k2" in rotated.stdout
    assert "metamorph keys drop k1" in rotated.stdout
    assert "1/1" in rotated.stderr
    chain = run("audit", "export", "--format", "csv").stdout
    assert "key.rotate" in chain
    assert "key.reseal" in chain
    sealed = await read_sealed(tenant)
    assert sealed.startswith("k2:")
    owner = f"totp:{tenant.actor.user_id}"
    assert running.open(sealed, belongs_to=owner) == "JBSWY3DPEHPK3PXP"
    assert "wait" in run("keys", "drop", "k1").stderr
    age(made / "data-k2.key", SETTLING.total_seconds() + 1)
    dropped = run("keys", "drop", "k1")
    assert dropped.returncode == 0, dropped.stderr
    assert not (made / "data.key").exists()


async def test_a_rotation_that_was_broken_off_makes_no_further_key(
    run: Run, made: Path, tenant: Tenant
):
    await seal_for(tenant, made)
    (made / "data-k2.key").write_bytes(os.urandom(32))
    age(made / "data-k2.key", SETTLING.total_seconds() + 1)
    assert "1 values are sealed with k1" in run("keys", "drop", "k1").stderr
    resumed = run("keys", "rotate-data")
    assert resumed.returncode == 0, resumed.stderr
    assert "Made" not in resumed.stdout
    assert (await read_sealed(tenant)).startswith("k2:")


async def test_keys_of_the_setting_are_rotated_by_putting_a_new_one_first(
    run: Run, made: Path, tenant: Tenant
):
    await seal_for(tenant, made)
    entry = run("keys", "make", "--print").stdout.strip()
    assert re.fullmatch(r"k2:[A-Za-z0-9+/]{43}=", entry)
    assert not (made / "data-k2.key").exists()
    moved = run("keys", "rotate-data", METAMORPH_DATA_KEYS=entry)
    assert moved.returncode == 0, moved.stderr
    assert (await read_sealed(tenant)).startswith("k2:")
    settled = run("keys", "rotate-data", METAMORPH_DATA_KEYS=entry)
    assert "keys make --print" in settled.stdout
    assert run("keys", "drop", "k1", METAMORPH_DATA_KEYS=entry).returncode == 0
    listed = run("keys", "list", METAMORPH_DATA_KEYS=entry)
    assert "METAMORPH_DATA_KEYS" in listed.stdout
    assert entry.partition(":")[2] not in listed.stdout


async def test_what_cannot_be_opened_is_named_and_fails_the_command(
    run: Run, made: Path, tenant: Tenant
):
    await seal_for(tenant, made)
    (made / "data.key").write_bytes(os.urandom(32))
    failed = run("keys", "rotate-data")
    assert failed.returncode == 1
    assert f"users.totp_secret of {tenant.actor.user_id}" in failed.stderr
    assert (await read_sealed(tenant)).startswith("k1:")


def test_the_doctor_has_a_line_for_keys(tmp_path: Path, keys_directory: Path):
    production = Settings(environment="production", var_dir=tmp_path)
    development = Settings(environment="development", var_dir=tmp_path)
    keys = tmp_path / "keys"

    def look(settings: Settings) -> tuple[str, bool]:
        finding = next(one for one in examine(settings) if one.subject == "keys")
        return finding.health, bool(finding.advice)

    assert (look(production), look(development)) == (("missing", True), ("later", True))
    shutil.copytree(keys_directory, keys)
    make_missing(production)
    assert look(production) == ("ok", False)
    (keys / "links.key").chmod(0o644)
    assert look(production) == ("later", True)
    (keys / "links.key").write_bytes(b"short")
    assert look(production) == ("missing", True)
