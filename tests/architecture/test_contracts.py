"""Each import contract is kept by the tree and broken by the one violation planted for it."""

import configparser
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.architecture.gates.source import PRODUCT

pytestmark = [pytest.mark.contract, pytest.mark.heavy]

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".importlinter"
RUN_SECONDS = 60

# (contract, module that gets the import, the import). Several ways round one contract follow it.
PLANTS = [
    ("layers", "domain/missions/start.py", "import workers.scheduler"),
    ("layers", "domain/missions/start.py", "from graph import schema"),
    ("layers", "graph/missions/queries.py", "from workers import broker"),
    ("layers", "workers/missions/run.py", "import graph.schema"),
    ("layers", "graph/missions/queries.py", "from api import app"),
    ("layers", "graph/missions/queries.py", "import migrations.env"),
    ("features", "domain/accounts/login.py", "from domain.missions import start"),
    ("features", "domain/shared/clock.py", "from ..accounts import login"),
    ("features", "domain/executions/claim.py", "import domain.elements.locate"),
    ("features", "domain/accounts/login.py", "def late():\n    import domain.missions.start"),
    ("features", "domain/leftover/models.py", ""),
    ("strawberry", "domain/missions/start.py", "import strawberry"),
    ("strawberry", "workers/missions/run.py", "from strawberry.types import Info"),
    ("strawberry", "api/routes/health.py", "from graphql import parse"),
    ("starlette", "graph/missions/queries.py", "from starlette.requests import Request"),
    ("starlette", "workers/missions/run.py", "import uvicorn"),
    ("dramatiq", "domain/missions/start.py", "from dramatiq import actor as job"),
    ("dramatiq", "api/routes/health.py", "import dramatiq"),
    ("playwright", "domain/elements/locate.py", "from playwright.async_api import Page"),
    ("http", "domain/missions/start.py", "import httpx"),
    ("http", "api/routes/health.py", "import requests"),
    ("sql", "domain/missions/start.py", "from sqlalchemy import select"),
    ("sql", "workers/missions/run.py", "import asyncpg"),
    ("sql", "graph/missions/queries.py", "from sqlalchemy.orm import selectinload"),
    (
        "sql",
        "api/routes/health.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import sqlalchemy",
    ),
    ("tests", "workers/missions/run.py", "import tests.fakes.clock"),
    ("tests", "api/routes/health.py", "import pytest"),
]
# What the contracts must not forbid: the same imports where they belong.
ALLOWED = [
    ("domain/missions/models.py", "import sqlalchemy"),
    ("domain/missions/repository.py", "from sqlalchemy import select"),
    ("domain/automation/rules/repository.py", "from sqlalchemy import select"),
    ("domain/shared/database.py", "import asyncpg, sqlalchemy"),
    ("domain/missions/start.py", "from domain.accounts import login"),
    ("graph/missions/queries.py", "import strawberry\nfrom domain.missions import start"),
    ("workers/browser/pool.py", "import dramatiq, httpx, playwright"),
    (
        "api/graphql/endpoint.py",
        "import strawberry, starlette\nimport graph.schema, workers.broker",
    ),
]


def test_the_tree_keeps_every_contract() -> None:
    result = run_linter(ROOT)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_planted_violation() -> None:
    assert set(read_contracts()) == {contract for contract, _, _ in PLANTS}


def test_imports_where_they_belong_break_nothing(tmp_path: Path) -> None:
    copy_skeleton(tmp_path)
    for module, line in ALLOWED:
        write_module(tmp_path, module, line)
    assert broken_contracts(tmp_path) == set()


def share_out() -> list[list[tuple[str, str, str]]]:
    """Rounds with at most one violation of each contract, in a module of its own."""
    rounds: list[list[tuple[str, str, str]]] = []
    for plant in PLANTS:
        for other in rounds:
            if not {plant[0], plant[1]} & {part for one in other for part in one[:2]}:
                other.append(plant)
                break
        else:
            rounds.append([plant])
    return rounds


@pytest.mark.parametrize("planted", share_out(), ids=lambda planted: f"{len(planted)} plants")
def test_planted_imports_break_exactly_their_contracts(
    tmp_path: Path, planted: list[tuple[str, str, str]]
) -> None:
    copy_skeleton(tmp_path)
    for other in {module for _, module, _ in PLANTS} - {"domain/leftover/models.py"}:
        write_module(tmp_path, other, "")
    for imported in ("workers/scheduler.py", "workers/broker.py", "graph/schema.py", "api/app.py"):
        write_module(tmp_path, imported, "")
    write_module(tmp_path, "migrations/env.py", "")
    for _, module, line in planted:
        write_module(tmp_path, module, line)
    assert broken_contracts(tmp_path) == {contract for contract, _, _ in planted}


def copy_skeleton(target: Path) -> None:
    """The packages and modules of the tree without their content, beside the real contracts."""
    for package in PRODUCT:
        write_module(target, f"{package}/__init__.py", "")
        for path in (ROOT / package).rglob("*.py"):
            write_module(target, path.relative_to(ROOT).as_posix(), "")
    write_module(target, "domain/shared/__init__.py", "")
    shutil.copy(CONFIG, target)


def write_module(target: Path, module: str, text: str) -> None:
    """A module, together with the packages that lead to it."""
    path = target / module
    path.parent.mkdir(parents=True, exist_ok=True)
    for parent in path.relative_to(target).parents:
        if parent.parts:
            (target / parent / "__init__.py").touch()
    path.write_text(textwrap.dedent(text) + "\n")


def read_contracts() -> dict[str, str]:
    """The ids of the contracts and their names, which the report prints."""
    config = configparser.ConfigParser()
    config.read(CONFIG)
    prefix = "importlinter:contract:"
    return {
        section.removeprefix(prefix): config[section]["name"]
        for section in config.sections()
        if section.startswith(prefix)
    }


def run_linter(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache", "--no-logo"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def broken_contracts(folder: Path) -> set[str]:
    """The ids of the contracts the linter reports as broken; a crash of it is no report."""
    result = run_linter(folder)
    summary = re.search(r"Contracts: (\d+) kept, (\d+) broken", result.stdout)
    assert summary is not None, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    broken = {
        contract
        for contract, name in read_contracts().items()
        if any(line.startswith(name) and "BROKEN" in line for line in lines)
    }
    assert len(broken) == int(summary.group(2))
    return broken
