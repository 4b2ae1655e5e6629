"""`metamorph audit list` and `export`: what an operator reads, of the installation too."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from domain.shared.audit import NOBODY, Entity, Entry
from tests.domain.audit.entries import tell, write
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

Audit = Callable[..., Result]


@pytest.fixture
def audit(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Run `metamorph audit` with some words behind it, in this process."""
    assert databases.urls is not None
    monkeypatch.setenv("METAMORPH_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("METAMORPH_OWNER_DATABASE_URL", databases.urls.owner)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("domain.audit.export.BATCH_SIZE", 2)
    return lambda *words: CliRunner().invoke(app, ["audit", *words])


@pytest.fixture
async def team(databases: Databases) -> Tenant:
    """A workspace with three entries beside those of the installation."""
    tenant = await make_tenant(databases)
    refused = Entry("session.refuse", NOBODY, Entity("Account", label="x\x1b[2J@a.test"))
    await write(tenant, *(tell(tenant, f"mission.{verb}") for verb in ("start", "stop", "start")))
    await write(tenant, refused)
    return tenant


def test_the_installations_log_is_shown_and_cannot_command_the_terminal(audit: Audit, team: Tenant):
    shown = audit("list").stdout
    assert "session.refuse" in shown
    assert "mission.start" not in shown
    assert r"x\x1b[2J@a.test" in shown


def test_a_list_is_filtered_and_goes_on_where_it_ended(audit: Audit, team: Tenant):
    named = ("list", "--workspace", str(team.workspace_id), "--action", "mission.start")
    first = audit(*named, "--last", "1")
    assert "Older ones: --before 3\n" in first.stderr
    assert first.stdout.count("mission.start") == 1
    second = audit(*named, "--before", "3")
    assert second.stdout.count("mission.start") == 1


def test_an_export_is_whole_and_tells_of_itself(audit: Audit, team: Tenant, tmp_path: Path):
    slug = f"workspace-{team.workspace_id.hex[-12:]}"
    entries = orjson.loads(audit("export", "--workspace", slug).stdout_bytes)
    assert [one["action"] for one in entries] == [
        *("mission.start", "mission.stop", "mission.start", "audit.export")
    ]
    assert (entries[-1]["via"], entries[-1]["actor_name"]) == ("command_line", "command line")
    path = tmp_path / "log.csv"
    kept = audit("export", "--format", "csv", "--output", str(path))
    assert (kept.exit_code, kept.stdout, path.stat().st_mode & 0o777) == (0, "", 0o600)
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    assert [row["action"] for row in rows] == ["session.refuse", "audit.export"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list", "--workspace", "nowhere"), "there is no log of a workspace nowhere"),
        (("export", "--since", "today"), "since is written as"),
        (("list", "--entity-id", "7"), "entity_id is no id"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(audit: Audit, words: tuple[str, ...], told: str):
    assert told in str(audit(*words).exception)
