"""The account that database servers run under when root starts them."""

import pwd
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.stack import account

pytestmark = pytest.mark.contract

USERADD = """#!/bin/sh
sleep 0.05  # like the real one, it looks for the name long before it writes
echo "$$" >>"{created}"
"""


@pytest.fixture
def created(tmp_path, monkeypatch) -> Path:
    """What a `useradd` that can be called by anybody has written: a line for each account."""
    path = tmp_path / "created"
    program = tmp_path / "useradd"
    program.write_text(USERADD.format(created=path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(account, "_ACCOUNTS", tmp_path)
    monkeypatch.setattr(account, "_find", finder_in(path))
    return path


def finder_in(path: Path) -> Callable[[str], pwd.struct_passwd | None]:
    def find(name: str) -> pwd.struct_passwd | None:
        lines = path.read_text().split() if path.exists() else []
        return pwd.struct_passwd((name, "x", int(lines[-1]), 1, "", "/", "/")) if lines else None

    return find


def test_many_who_start_at_once_create_one_account(created):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: account._create_once(), range(8)))
    assert len(created.read_text().split()) == 1
    assert len({entry.pw_uid for entry in found}) == 1
