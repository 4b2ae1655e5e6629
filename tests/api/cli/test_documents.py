"""`metamorph documents build`: what a client developer types, and what stands in his way."""

import json
import os
import stat
from pathlib import Path

import pytest

from api.cli import main

pytestmark = pytest.mark.contract

QUERY = "query Missions($first: Int) { missions(first: $first) { edges { node { ...Line } } } }"
FRAGMENT = "fragment Line on Mission { id name tests { name } }"


class Shell:
    """Types commands in a folder with two files of operations."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.source, self.manifest = folder / "src", folder / "trusted.json"
        self.source.mkdir()
        (self.source / "missions.graphql").write_text(QUERY)
        (self.source / "line.graphql").write_text(FRAGMENT)

    def build(self, *words: str) -> tuple[int, str]:
        """The exit code, and what was said, in one line each."""
        command = ["metamorph", "documents", "build", "src", "--output", "trusted.json", *words]
        self._monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as ended:
            main.run()
        said = self._capsys.readouterr()
        lines = (" ".join(line.split()) for line in (said.out + said.err).splitlines())
        return int(ended.value.code or 0), "\n".join(line for line in lines if line)


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    for name in [name for name in os.environ if name.startswith("METAMORPH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, monkeypatch, capsys)


def test_the_manifest_is_written_and_each_operation_shown_with_its_cost(shell: Shell):
    code, said = shell.build()
    [(digest, text)] = json.loads(shell.manifest.read_text()).items()
    assert code == 0
    assert f"Missions query 12 to 1,101 {digest[:12]}… src/missions.graphql:1:1" in said
    assert said.endswith("trusted.json is written: 1 document.")
    assert text.startswith("query Missions($first: Int) {\n")
    assert "\nfragment Line on Mission {\n" in text
    assert stat.S_IMODE(shell.manifest.stat().st_mode) & 0o444


def test_a_mistake_ends_with_exit_code_1_and_leaves_the_manifest_alone(shell: Shell):
    shell.build()
    before = shell.manifest.read_bytes()
    (shell.source / "line.graphql").write_text("fragment Line on Mission { id\n  nme }")
    code, said = shell.build()
    assert code == 1
    assert said.splitlines() == [
        "src/line.graphql:2:3: Cannot query field 'nme' on type 'Mission'. Did you mean 'name'?",
        "metamorph: 1 mistake, nothing was written",
    ]
    assert shell.manifest.read_bytes() == before


def test_the_limits_are_those_of_the_settings(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METAMORPH_GRAPHQL_COST", "11")
    code, said = shell.build()
    assert code == 1
    assert "Missions would cost 12 at least, 11 is allowed: ask for less." in said


def test_check_fails_while_the_manifest_is_out_of_date(shell: Shell):
    assert shell.build("--check") == (
        1,
        "metamorph: cannot read trusted.json: No such file or directory",
    )
    shell.build()
    code, said = shell.build("--check")
    assert (code, said.splitlines()[-1]) == (0, "trusted.json is up to date: 1 document.")

    before = shell.manifest.read_bytes()
    (shell.source / "more.graphql").write_text("query More { rateLimit { cost } }")
    code, said = shell.build("--check")
    assert code == 1
    assert said.splitlines() == [
        "trusted.json lacks More",
        "metamorph: out of date: trusted.json; run this again without --check",
    ]
    assert shell.manifest.read_bytes() == before

    shell.manifest.write_text("[]")
    code, said = shell.build("--check")
    assert (code, said) == (1, "metamorph: cannot read trusted.json: it is not a manifest")


def test_the_client_gets_the_ids_of_its_operations(shell: Shell):
    ids = shell.manifest.with_name("ids.json")
    assert shell.build("--ids", "ids.json")[0] == 0
    [digest] = json.loads(shell.manifest.read_text())
    assert json.loads(ids.read_text()) == {"Missions": f"sha256:{digest}"}
    assert shell.build("--ids", "ids.json", "--check")[0] == 0
    ids.write_text("{}")
    code, said = shell.build("--ids", "ids.json", "--check")
    assert (code, said) == (
        1,
        "metamorph: out of date: ids.json; run this again without --check",
    )


def test_a_place_that_is_not_there_is_one_line(shell: Shell):
    code, said = shell.build("--output", "nowhere/trusted.json")
    assert code == 1
    assert said == "metamorph: cannot write nowhere/trusted.json: No such file or directory"
