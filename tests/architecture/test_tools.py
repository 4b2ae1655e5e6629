"""The gate on tool configuration notices every switch that would make a tool quieter."""

from pathlib import Path

import pytest

from tests.architecture.gates.tools import find_softened_tools
from tests.architecture.plants import plant

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def complaints(path: str, text: str) -> set[str]:
    return {violation.what for violation in find_softened_tools([plant(text, path)])}


SOFTER = [
    ("strict = true", "strict = false", "mypy is not strict"),
    ('"BLE", ', "", "ruff no longer selects BLE"),
    ('"PLR0913",', '"PLR0913", "F401",', "ruff ignores F401 everywhere"),
    ('"tests/**" = ["S", ', '"tests/**" = ["S", "F", ', "ruff ignores F in tests/**"),
    (
        "[tool.ruff.lint.per-file-ignores]",
        '[tool.ruff.lint.per-file-ignores]\n"domain/**" = ["BLE"]',
        "ruff ignores BLE in domain/**",
    ),
    (
        "line-length = 100",
        'line-length = 100\nextend-exclude = ["workers"]',
        "ruff does not look at workers",
    ),
    (
        "warn_unreachable = true",
        'warn_unreachable = true\ndisable_error_code = ["no-any-return"]',
        "mypy is softened by disable_error_code",
    ),
    (
        "[tool.pytest.ini_options]",
        '[[tool.mypy.overrides]]\nmodule = "domain.*"\nignore_errors = true\n\n[tool.pytest.ini_options]',
        "mypy is softened by ignore_errors",
    ),
    ('"domain", "workers"]', '"workers"]', "mypy does not look at domain"),
    (
        'filterwarnings = ["error"',
        'filterwarnings = ["error", "ignore"',
        "a warning is ignored wherever it comes from: ignore",
    ),
    ('filterwarnings = ["error"', 'filterwarnings = ["always"', "warnings are no longer errors"),
    ("--strict-markers", "--strict-markers -m unit", "pytest hides tests by default: -m"),
]


@pytest.mark.parametrize(("old", "new", "what"), SOFTER, ids=[what for _, _, what in SOFTER])
def test_a_softer_tool_is_noticed(old: str, new: str, what: str) -> None:
    assert old in PROJECT
    softened = complaints("pyproject.toml", PROJECT.replace(old, new, 1))
    assert softened - complaints("pyproject.toml", PROJECT) == {what}


def test_a_second_configuration_is_noticed() -> None:
    for path in ("setup.cfg", "mypy.ini", "tests/pytest.ini", "ruff.toml", "domain/ruff.toml"):
        assert complaints(path, "[x]") == {"a second configuration"}


def test_a_gate_taken_out_of_make_check_is_noticed() -> None:
    assert complaints("Makefile", MAKEFILE.replace("/mypy", "/true")) == {
        "`make check` no longer runs mypy"
    }
    assert complaints("Makefile", MAKEFILE.replace("/lint-imports", "/lint-imports || true")) == {
        "`make check` forgives a failure"
    }
