"""What a test may hold is said in one answer, with the path of everything that is wrong."""

import pytest

from domain.shared.errors import Invalid
from domain.templates.models import TestKind
from domain.templates.rules import (
    Parameter,
    ParameterValue,
    TestContent,
    check_test,
    read_parameters,
)
from tests.factories.templates import browser_test, login_test, manual_test

pytestmark = pytest.mark.unit


def wrong_paths(content: TestContent) -> set[str]:
    with pytest.raises(Invalid) as raised:
        check_test(content)
    others = [path for path, _ in raised.value.details]
    return {".".join(path) for path in [raised.value.field, *others]}


def test_names_are_trimmed_and_tags_are_unique():
    checked = check_test(browser_test("  Open the page ", tags=["smoke", " smoke ", "admin"]))
    assert (checked.name, checked.tags) == ("Open the page", ["smoke", "admin"])


def test_a_stored_parameter_is_read_as_it_was_declared():
    checked = check_test(login_test())
    declared = read_parameters(checked.parameters)
    assert declared == {
        "password": Parameter("password", secret=True),
        "username": Parameter("username"),
    }


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"name": " "}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"name": "two\nlines"}, {"name"}),
        ({"name": "a\x00b"}, {"name"}),
        ({"name": "half \ud800"}, {"name"}),
        ({"description": "a\x00b"}, {"description"}),
        ({"description": "x" * 20_001}, {"description"}),
        ({"tags": ["fine", ""]}, {"tags.1"}),
        ({"tags": ["x"] * 51}, {"tags"}),
        ({"timeout_seconds": 0}, {"timeout_seconds"}),
        ({"timeout_seconds": 86_401}, {"timeout_seconds"}),
        ({"steps": []}, {"steps"}),
        ({"steps": "goto"}, {"steps"}),
        ({"steps": [{"kind": "goto", "url": "/"}, {"kind": "clack"}]}, {"steps.1.kind"}),
        ({"steps": [{"kind": "click", "selectr": "#a"}]}, {"steps.0", "steps.0.selectr"}),
        ({"steps": [{"kind": "goto", "url": "/\ud800"}]}, {"steps"}),
        ({"steps": [{"kind": "goto", "url": "/{{where}}"}]}, {"steps.0.url"}),
        ({"parameters": [Parameter("no spaces")]}, {"parameters.0.name"}),
        ({"parameters": [Parameter("a"), Parameter("a")]}, {"parameters.1.name"}),
        ({"parameters": [Parameter("a", "x\x00")]}, {"parameters.0.default"}),
        ({"parameters": [Parameter("a", "x", secret=True)]}, {"parameters.0.default"}),
        ({"parameters": [Parameter(f"a{n}") for n in range(101)]}, {"parameters"}),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changes: dict[str, object], paths: set[str]):
    assert wrong_paths(browser_test(**changes)) == paths


def test_everything_wrong_is_said_at_once():
    content = browser_test(" ", tags=[""], steps=[{"kind": "clack"}])
    assert wrong_paths(content) == {"name", "tags.0", "steps.0.kind"}


def test_a_secret_parameter_stands_in_values_only():
    content = browser_test(
        steps=[{"kind": "goto", "url": "/{{token}}"}], parameters=[Parameter("token", secret=True)]
    )
    assert wrong_paths(content) == {"steps.0.url"}


@pytest.mark.parametrize(
    ("steps", "paths"),
    [
        ("one text", {"steps"}),
        ([{"kind": "goto"}], {"steps.0"}),
        (["fine", " "], {"steps.1"}),
        (["x"] * 201, {"steps"}),
        (["x" * 5_001], {"steps.0"}),
        (["a\x00b"], {"steps.0"}),
    ],
)
def test_the_steps_of_a_manual_test_are_texts(steps: object, paths: set[str]):
    assert wrong_paths(manual_test(steps=steps)) == paths


def test_instructions_are_trimmed():
    checked = check_test(manual_test(steps=[" Look at the lights "]))
    assert checked.steps == ["Look at the lights"]
    assert manual_test().kind is TestKind.MANUAL


def test_a_value_is_not_shown_where_commands_are_logged():
    assert "hunter2" not in repr(ParameterValue("password", "hunter2"))
