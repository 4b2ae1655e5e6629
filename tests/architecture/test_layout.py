"""The gates on names and places keep a newcomer's map of the tree true."""

import pytest

from tests.architecture.gates.layout import (
    find_code_out_of_place,
    find_missing_docstrings,
    find_missing_packages,
    find_unmirrored_tests,
    find_untested_features,
    find_vague_names,
)
from tests.architecture.gates.places import find_machine_places
from tests.architecture.plants import lines_found, paths_found

pytestmark = pytest.mark.unit

VAGUE = [
    *("service", "manager", "utils", "helpers", "base", "common", "misc", "_utils", "services"),
    *("string_utils", "test_helpers", "managers"),
]


@pytest.mark.parametrize("stem", VAGUE)
@pytest.mark.parametrize("form", ["domain/missions/{}.py", "graph/{}/types.py", "tests/{}.py"])
def test_vague_names_are_found(stem: str, form: str) -> None:
    assert lines_found(find_vague_names, "", form.format(stem)) == [1]


@pytest.mark.parametrize("path", ["domain/missions/start.py", "domain/shared/database.py"])
def test_names_of_roles_and_verbs_pass(path: str) -> None:
    assert lines_found(find_vague_names, "", path) == []


OPENINGS = {
    "nothing": ("x = 1", [1]),
    "a comment": ("# About missions.\nx = 1", [1]),
    "a word": ('"""Missions."""\nx = 1', [1]),
    "no sentence": ('"""functions for missions and so on"""\nx = 1', [1]),
    "a late one": ('import os\n"""Start a mission for real."""', [1]),
    "one sentence": ('"""Start a mission for real."""\nx = 1', []),
    "a sentence and more": ('"""Start a mission\nfor real.\n\nSee there"""\nx = 1', []),
    "an empty package": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), OPENINGS.values(), ids=OPENINGS.keys())
def test_modules_without_an_opening_sentence_are_found(text: str, expected: list[int]) -> None:
    assert lines_found(find_missing_docstrings, text) == expected


@pytest.mark.parametrize("path", ["script.py", "lib2/x.py", "metamorph/x.py"])
def test_code_outside_the_tree_is_found(path: str) -> None:
    assert lines_found(find_code_out_of_place, "x = 1", path) == [1]


def test_a_folder_without_init_is_found_because_import_linter_skips_it() -> None:
    tree = {"domain/__init__.py": "", "domain/missions/start.py": "import graph"}
    assert paths_found(find_missing_packages, tree) == ["domain/missions/start.py"]
    assert paths_found(find_missing_packages, tree | {"domain/missions/__init__.py": ""}) == []


SOURCES = {"domain/missions/start.py": "x = 1", "workers/runners/http.py": "x = 1"}
OTHER_SOURCES = {"e2e/demo/site.py": "x = 1", "benchmarks/report.py": "x = 1"}


@pytest.mark.parametrize(
    ("path", "is_found"),
    [
        ("tests/test_start.py", True),
        ("tests/missions/test_start.py", True),
        ("tests/domain/mission/test_start.py", True),
        ("tests/domain/missions/deep/test_start.py", True),
        ("tests/domain/missions/test_start.py", False),
        ("tests/domain/missions/start/test_twice.py", False),
        ("tests/workers/runners/http/test_timeouts.py", False),
        ("tests/e2e/doors/test_site.py", True),
        ("tests/e2e/demo/test_site.py", False),
        ("tests/benchmarks/deep/test_report.py", True),
        ("tests/benchmarks/test_report.py", False),
        ("tests/factories/missions.py", False),
        ("tests/conftest.py", False),
    ],
)
def test_test_folders_mirror_sources(path: str, is_found: bool) -> None:
    found = paths_found(find_unmirrored_tests, SOURCES | OTHER_SOURCES | {path: "x = 1"})
    assert found == ([path] if is_found else [])


def test_a_feature_without_tests_is_found() -> None:
    tests = {"tests/workers/test_runners.py": "x = 1"}
    assert paths_found(find_untested_features, SOURCES | tests) == ["domain/missions/start.py"]
    tests["tests/domain/missions/test_start.py"] = "x = 1"
    assert paths_found(find_untested_features, SOURCES | tests) == []


# Spelled in parts, so that this file passes the gate it tests.
CHECKOUT = "/" + "work" + "/main/var"
HOME = "/" + "home" + "/somebody/x"
BESIDE = "../" + "shared/design"
INDEX = "--index" + "-url"
REGISTRY = "py" + "pi.org"
PLACES = {
    "a checkout": ("domain/a/b.py", f"path = '{CHECKOUT}'"),
    "a home": ("tests/test_a.py", f"path = Path('{HOME}')"),
    "root's home": ("workers/a.py", "x = '" + "/" + "root" + "/x'"),
    "a folder beside": ("docs/a.md", f"see {BESIDE}"),
    "a folder of wheels": ("Makefile", "pip install -f /" + "opt" + "/wheels"),
    "an index": (".ci/run", f"pip install {INDEX} https://{REGISTRY}/simple x"),
    "an index by environment": ("Dockerfile", "ENV PIP_" + "INDEX_URL=x"),
    "an unknown host in set-up": ("locks/dev.txt", "x @ https://" + "packages.example.corp/x.whl"),
}


@pytest.mark.parametrize(("path", "text"), PLACES.values(), ids=PLACES.keys())
def test_places_of_one_machine_are_found(path: str, text: str) -> None:
    assert lines_found(find_machine_places, text, path) == [1]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("domain/a/b.py", "from domain.shared import ids  # domain/shared/ids.py"),
        ("tests/test_a.py", "url = 'https://site.test/work/items'"),
        ("README.md", f"see https://{REGISTRY}/project/metamorph and http://localhost:8000"),
        ("Dockerfile", "WORKDIR /app"),
        ("workers/a.py", "url = 'https://api.slack.com/x'"),
    ],
)
def test_places_that_exist_everywhere_pass(path: str, text: str) -> None:
    assert lines_found(find_machine_places, text, path) == []
