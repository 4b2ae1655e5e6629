"""`metamorph elements`: an operator takes a cache along, and brings it in elsewhere."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from domain.elements.lines import FORMAT
from tests.domain.elements.test_bring_in import HEADER, entry, write
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

Elements = Callable[..., Result]


@pytest.fixture
def elements(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elements:
    """Run `metamorph elements` with some words behind it, in this process."""
    assert databases.urls is not None
    monkeypatch.setenv("METAMORPH_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("METAMORPH_OWNER_DATABASE_URL", databases.urls.owner)
    return lambda *words, **more: CliRunner().invoke(app, ["elements", *words], **more)


@pytest.fixture
async def team(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
async def file(team: Tenant, tmp_path: Path) -> Path:
    """An export of two elements of a test of the team."""
    template = await make_test(team)
    entries = [entry(template.id, step_key=f"s{place}") for place in range(2)]
    path = tmp_path / "elements.jsonl"
    path.write_bytes(write(HEADER, *entries, {"format": FORMAT, "end": 2}))
    return path


def test_what_is_imported_is_exported_again(elements: Elements, team: Tenant, file: Path):
    here = ("--workspace", str(team.workspace_id))
    taken = elements("import", str(file), *here)
    assert (taken.exit_code, taken.stdout) == (
        0,
        "2 new, 0 changed, 0 unchanged, 0 left as they were set aside.\n",
    )
    slug = f"workspace-{team.workspace_id.hex[-12:]}"
    lines = elements("export", "--workspace", slug).stdout_bytes.splitlines()
    assert {orjson.loads(line).get("step_key") for line in lines[1:-1]} == {"s0", "s1"}
    content = b"\n".join([*lines, b""])
    again = elements("import", "-", *here, input=content)
    assert again.stdout.startswith("0 new, 0 changed, 2 unchanged")


def test_an_export_goes_into_a_file_that_only_its_owner_reads(
    elements: Elements, team: Tenant, tmp_path: Path
):
    path = tmp_path / "out.jsonl"
    kept = elements("export", "--workspace", str(team.workspace_id), "--output", str(path))
    assert (kept.exit_code, kept.stdout, path.stat().st_mode & 0o777) == (0, "", 0o600)
    assert orjson.loads(path.read_bytes().splitlines()[-1]) == {"format": FORMAT, "end": 0}


def test_wrong_lines_are_told(elements: Elements, team: Tenant, tmp_path: Path):
    path = tmp_path / "wrong.jsonl"
    path.write_bytes(write(HEADER, b"x\n", b"y\n"))
    refused = elements("import", str(path), "--workspace", str(team.workspace_id))
    told = str(refused.exception)
    assert refused.exit_code == 1
    assert told.splitlines() == [
        "nothing was imported",
        "line 2: This is no JSON.",
        "line 3: This is no JSON.",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("export", "--workspace", "nowhere"), "there is no workspace nowhere"),
        (("import", "missing.jsonl", "--workspace", "nowhere"), "cannot read missing.jsonl"),
        (("export", "--workspace", "x", "--scope", "y"), "there is no workspace x"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(elements: Elements, words: tuple, told: str):
    refused = elements(*words)
    assert refused.exit_code == 1
    assert told in str(refused.exception)
