"""The demo's packages are installed once, completely, and only with the hashes of the lock file."""

import subprocess
import sys

import pytest

from api.stack.errors import StackError
from api.stack.packages import LOCKS, provide_packages

pytestmark = [pytest.mark.integration, pytest.mark.heavy]


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A tiny package in a directory of wheels, with no index in reach; returns its lock line."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "tiny.py").write_text("ANSWER = 42\n")
    (source / "pyproject.toml").write_text(
        '[project]\nname = "tiny"\nversion = "1.0"\n'
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[tool.setuptools]\npy-modules = ["tiny"]\n'
    )
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps"]
    wheels = tmp_path / "wheels"
    subprocess.run([*build, "-w", str(wheels), str(source)], check=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    hashing = [sys.executable, "-m", "pip", "hash", str(next(wheels.iterdir()))]
    answer = subprocess.run(hashing, check=True, capture_output=True, text=True).stdout
    return f"tiny==1.0 {answer.split()[-1]}\n"


def test_packages_appear_complete_and_are_not_installed_again(tmp_path, wheel, monkeypatch):
    lock, target = tmp_path / "lock.txt", tmp_path / "var" / "packages"
    lock.write_text(wheel)
    assert provide_packages(lock, target) == target
    assert (target / "tiny.py").read_text() == "ANSWER = 42\n"
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    assert provide_packages(lock, target) == target


def test_a_changed_lock_file_replaces_them(tmp_path, wheel):
    lock, target = tmp_path / "lock.txt", tmp_path / "packages"
    lock.write_text(wheel)
    provide_packages(lock, target)
    (target / "stale.py").write_text("")
    lock.write_text(f"{wheel}# changed\n")
    provide_packages(lock, target)
    assert not (target / "stale.py").exists()
    assert (target / "tiny.py").exists()


def test_another_hash_is_refused_and_nothing_is_left(tmp_path, wheel):
    lock, target = tmp_path / "lock.txt", tmp_path / "var" / "packages"
    lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(StackError, match=r"cannot install lock\.txt"):
        provide_packages(lock, target)
    assert list(target.parent.iterdir()) == []


def test_the_demos_two_versions_differ_and_are_locked_with_hashes():
    versions = set()
    for group in ("demo", "demo-before"):
        lines = (LOCKS / f"{group}.txt").read_text()
        versions.add(next(line for line in lines.splitlines() if line.startswith("django==")))
        assert lines.count("--hash=sha256:") >= 2
    assert len(versions) == 2
