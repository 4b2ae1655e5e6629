"""`bootstrap` finds a Python that works, builds once, and rebuilds when a lock file changes."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[3]

BUILDER = """#!/bin/sh
# A stand-in for a Python: notes what it is asked to do, and makes an environment of itself.
case "$*" in
    *version_info*) exit {old} ;;
    *environment.py*) echo "{name} built" >>made; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
    *provision*) echo "$*" | sed 's/.*provision/provided/' >>made
        case "$*" in *browser) exit ${{NO_BROWSER:-0}} ;; esac ;;
esac
"""


@dataclass(frozen=True)
class Clone:
    """A clone with stand-ins for what takes time."""

    directory: Path
    programs: Path

    def offer(self, name: str, *, old: bool = False) -> None:
        """Put a Python on PATH."""
        program = self.programs / name
        program.write_text(BUILDER.format(name=name, old=int(old)))
        program.chmod(0o755)

    def bootstrap(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run it with nothing on PATH but the offered Pythons and the system's small tools."""
        return subprocess.run(
            [str(self.directory / "bootstrap"), *arguments],
            env={"PATH": str(self.programs), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def made(self) -> list[str]:
        """What was built and provided, in order."""
        notes = self.directory / "made"
        return notes.read_text().splitlines() if notes.exists() else []


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    directory, programs = tmp_path / "clone", tmp_path / "bin"
    programs.mkdir()
    for tool in ("sh", "cat", "cmp", "cp", "dirname", "mkdir", "mv", "sed"):
        (programs / tool).symlink_to(str(shutil.which(tool)))
    for part in ("api/stack/environment.py", "pyproject.toml", "locks/dev.txt", "bootstrap"):
        (directory / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, directory / part)
    shutil.copy(ROOT / "locks" / "redis-server.txt", directory / "locks")
    return Clone(directory, programs)


def test_everything_is_built_once(clone):
    clone.offer("python3")
    assert clone.bootstrap().returncode == 0
    assert clone.bootstrap().returncode == 0
    assert clone.made == ["python3 built", "provided redis", "provided browser"]


@pytest.mark.parametrize("changed", ["locks/dev.txt", "locks/redis-server.txt", "pyproject.toml"])
def test_a_change_of_what_it_is_made_from_builds_again(clone, changed):
    clone.offer("python3")
    clone.bootstrap()
    with (clone.directory / changed).open("a") as file:
        file.write("# changed\n")
    clone.bootstrap()
    assert clone.made.count("python3 built") == 2


def test_a_moved_clone_builds_again_because_scripts_name_their_place(clone):
    clone.offer("python3")
    clone.bootstrap()
    moved = clone.directory.rename(clone.directory.with_name("moved"))
    again = Clone(moved, clone.programs)
    again.bootstrap()
    assert again.made.count("python3 built") == 2


def test_a_python_that_vanished_builds_again(clone):
    clone.offer("python3")
    clone.bootstrap()
    (clone.directory / ".venv" / "bin" / "python").unlink()
    clone.bootstrap()
    assert clone.made.count("python3 built") == 2


def test_a_python_that_is_too_old_or_does_not_run_is_passed_over(clone):
    clone.offer("python3.12", old=True)
    (clone.programs / "python3.11").write_text("#!/nowhere\n")
    (clone.programs / "python3.11").chmod(0o755)
    clone.offer("python3.13")
    clone.bootstrap()
    assert clone.made[0] == "python3.13 built"


def test_the_named_python_is_taken_before_any_other(clone):
    clone.offer("python3.12")
    clone.offer("mine")
    clone.bootstrap(METAMORPH_PYTHON=str(clone.programs / "mine"))
    assert clone.made[0] == "mine built"


def test_without_any_python_one_line_says_what_to_do(clone):
    clone.offer("python3", old=True)
    failed = clone.bootstrap()
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "METAMORPH_PYTHON" in failed.stderr
    assert clone.made == []


def test_a_missing_browser_matters_only_to_those_who_need_one(clone):
    clone.offer("python3")
    assert clone.bootstrap(NO_BROWSER="1").returncode == 0
    assert clone.bootstrap("--browser", NO_BROWSER="1").returncode != 0
    assert clone.bootstrap("--browser").returncode == 0


def test_an_interrupted_build_is_begun_again(clone):
    clone.offer("python3")
    clone.bootstrap()
    os.truncate(clone.directory / ".venv" / "built-from", 10)
    clone.bootstrap()
    assert clone.made.count("python3 built") == 2
