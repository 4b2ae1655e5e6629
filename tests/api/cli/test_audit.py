"""`metamorph audit verify` says of every workspace whether its log is whole."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.domain.audit.entries import tell, write
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.support.forked import run_command

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]

Verify = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def verify(databases: Databases, tmp_path: Path) -> Verify:
    """Run the command against this test's database."""
    assert databases.urls is not None
    environment = {
        "PATH": "/usr/bin:/bin",
        "METAMORPH_VAR_DIR": str(tmp_path),
        "METAMORPH_OWNER_DATABASE_URL": databases.urls.owner,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(("audit", "verify", *arguments), environment)

    return run


def slug_of(tenant: Tenant) -> str:
    return f"workspace-{tenant.workspace_id.hex[-12:]}"


async def test_whole_and_broken_logs_are_told_apart(databases: Databases, verify: Verify):
    whole, broken = await make_tenant(databases), await make_tenant(databases)
    for tenant in (whole, broken):
        await write(tenant, tell(tenant), tell(tenant), tell(tenant))
    async with databases.owner.begin() as owner:
        delete = "DELETE FROM audit_entries WHERE seq = 2 AND workspace_id = :workspace"
        await owner.execute(text(delete), {"workspace": broken.workspace_id})
    every = verify()
    assert every.returncode == 1
    assert f"{slug_of(whole)}: intact, 3 entries, head 3:" in every.stdout
    assert f"{slug_of(broken)}: BROKEN: entry 2 is missing\n" in every.stdout
    one = verify("--workspace", slug_of(whole))
    assert (one.returncode, one.stdout.count("\n")) == (0, 1)
    assert "Verifying" in one.stderr


async def test_a_head_that_was_printed_must_still_be_there(databases: Databases, verify: Verify):
    tenant = await make_tenant(databases)
    await write(tenant, tell(tenant))
    named = ("--workspace", slug_of(tenant))
    head = verify(*named).stdout.rpartition("head ")[2].strip()
    await write(tenant, tell(tenant))
    assert verify(*named, "--head", head).returncode == 0
    other = verify(*named, "--head", f"1:{'0' * 64}")
    assert other.returncode == 1
    assert "entry 1 is not the one that was noted" in other.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workspace", "nowhere"], "there is no log of a workspace nowhere"),
        (["--workspace", "nowhere", "--head", "x"], "--head is a number"),
        (["--head", "1:00"], "name it with --workspace"),
    ],
)
async def test_what_cannot_be_verified_is_said_in_one_line(
    verify: Verify, arguments: list[str], words: str
):
    refused = verify(*arguments)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert words in refused.stderr
