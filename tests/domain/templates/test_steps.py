"""Steps of a browser test: what is accepted, what is refused, and where the refusal points."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.templates.placeholders import fill_placeholders
from domain.templates.step_keys import key_steps
from domain.templates.step_urls import describe_bad_url
from domain.templates.steps import (
    StepError,
    StepParameter,
    list_step_kinds,
    load_steps_schema,
    validate_steps,
)

pytestmark = pytest.mark.unit

PARAMETERS = (StepParameter("user"), StepParameter("password", secret=True))

GOOD_STEPS: list[dict[str, object]] = [
    {"kind": "goto", "url": "/admin/"},
    {"kind": "goto", "url": "{{user}}/x", "title": "Open it", "timeout_seconds": 3.5},
    {"kind": "click", "selector": "#save"},
    {"kind": "click", "target": "the Save button"},
    {"kind": "fill", "selector": "#p", "value": "{{password}}"},
    {"kind": "fill", "selector": "#p", "value": ""},
    {"kind": "select", "selector": "#s", "label": ["a", "b"]},
    {"kind": "select", "selector": "#s", "value": "a"},
    {"kind": "check", "target": "Staff status", "checked": False},
    {"kind": "press", "key": "Enter"},
    {"kind": "press", "key": "Enter", "selector": "#q"},
    {"kind": "upload", "selector": "#f", "filename": "a.csv", "text": "1,2"},
    {"kind": "upload", "selector": "#f", "evidence": "plan.pdf"},
    {"kind": "hover", "selector": "#menu"},
    {"kind": "wait_for", "selector": "#done", "state": "hidden"},
    {"kind": "expect_text", "contains": "Welcome {{ user }}"},
    {"kind": "expect_text", "selector": "h1", "text": "Welcome"},
    {"kind": "expect_visible", "selector": "h1"},
    {"kind": "expect_url", "url": "/admin/"},
    {"kind": "expect_url", "pattern": "/user/\\d+/"},
    {"kind": "expect_count", "selector": "tr", "count": 0},
    {"kind": "screenshot", "name": "after saving", "full_page": True},
    {"kind": "extract", "name": "total", "selector": "#total"},
    {"kind": "extract", "name": "link", "selector": "a", "what": "attribute", "attribute": "href"},
    {"kind": "extract", "name": "sum", "selector": "#total", "schema": {"type": "number"}},
    {"kind": "extract", "name": "all", "instruction": "the items", "schema": {"type": "array"}},
    {"kind": "observe", "instruction": "the buttons of the toolbar"},
    {"kind": "act", "instruction": "fill Password", "value": "{{password}}"},
]

BAD_STEPS: list[tuple[object, str, str]] = [
    (7, "steps[0]", "must be an object with a kind"),
    ({"selector": "#a"}, "steps[0].kind", "is missing; one of goto,"),
    ({"kind": "clik"}, "steps[0].kind", 'no step kind "clik"; did you mean click?'),
    ({"kind": ["click"]}, "steps[0].kind", 'no step kind ["click"]'),
    (
        {"kind": "click", "selector": "#a", "selectr": "#b"},
        "steps[0].selectr",
        "a click step has no property selectr; did you mean selector?",
    ),
    ({"kind": "click"}, "steps[0]", "needs exactly one of selector, target"),
    (
        {"kind": "click", "selector": "#a", "target": "A"},
        "steps[0]",
        "needs exactly one of selector, target",
    ),
    (
        {"kind": "press", "key": "a", "selector": "#a", "target": "A"},
        "steps[0]",
        "takes one of selector, target, not both",
    ),
    ({"kind": "goto"}, "steps[0].url", "is missing; this goto step needs it"),
    ({"kind": "goto", "url": 7}, "steps[0].url", "must be a text"),
    ({"kind": "goto", "url": ""}, "steps[0].url", "must not be empty"),
    ({"kind": "goto", "url": "x" * 2001}, "steps[0].url", "is longer than 2000 characters"),
    ({"kind": "goto", "url": "file:///etc/passwd"}, "steps[0].url", "file: addresses are refused"),
    ({"kind": "goto", "url": " JavaScript:alert(1)"}, "steps[0].url", "addresses are refused"),
    ({"kind": "goto", "url": "view-source:http://a"}, "steps[0].url", "addresses are refused"),
    ({"kind": "goto", "url": "http://"}, "steps[0].url", "the address names no host"),
    ({"kind": "goto", "url": "http://[::1"}, "steps[0].url", "the address names no host"),
    ({"kind": "goto", "url": "/a\x00b"}, "steps[0].url", "holds a NUL character"),
    (
        {"kind": "goto", "url": "/{{usr}}"},
        "steps[0].url",
        "usr is not declared; did you mean user?",
    ),
    ({"kind": "goto", "url": "/{{a b}}"}, "steps[0].url", "is not the name of a parameter"),
    ({"kind": "goto", "url": "/{{password}}"}, "steps[0].url", "secret parameter password may"),
    (
        {"kind": "select", "selector": "#s", "label": ["{{password}}"]},
        "steps[0].label[0]",
        "the secret parameter password may stand in a value only",
    ),
    ({"kind": "select", "selector": "#s", "value": []}, "steps[0].value", "must be a text, or a"),
    ({"kind": "select", "selector": "#s"}, "steps[0]", "needs exactly one of value, label"),
    ({"kind": "check", "selector": "#s", "checked": 1}, "steps[0].checked", "must be true or"),
    ({"kind": "wait_for", "selector": "#s", "state": "gone"}, "steps[0].state", "must be one of"),
    ({"kind": "hover", "selector": "a", "timeout_seconds": 0}, "steps[0].timeout_seconds", "more"),
    ({"kind": "hover", "selector": "a", "timeout_seconds": 301}, "steps[0].timeout_seconds", "300"),
    ({"kind": "expect_count", "selector": "a", "count": -1}, "steps[0].count", "at least 0"),
    ({"kind": "expect_url", "pattern": "("}, "steps[0].pattern", "is not a regular expression"),
    ({"kind": "screenshot", "name": "../../x"}, "steps[0].name", "may hold letters"),
    ({"kind": "upload", "selector": "#f", "text": "a"}, "steps[0].filename", "is missing"),
    (
        {"kind": "extract", "name": "a", "selector": "a", "what": "attribute"},
        "steps[0].attribute",
        "is missing",
    ),
    (
        {"kind": "extract", "name": "a", "selector": "a", "attribute": "href"},
        "steps[0]",
        "takes attribute only when what is attribute",
    ),
    ({"kind": "extract", "name": "a"}, "steps[0]", "needs exactly one of selector, target"),
    (
        {"kind": "extract", "name": "a", "instruction": "the items"},
        "steps[0].schema",
        "is missing",
    ),
    (
        {"kind": "extract", "name": "a", "selector": "a", "schema": {"type": "text"}},
        "steps[0].schema.type",
        "is no JSON Schema",
    ),
    ({"kind": "extract", "name": "a", "selector": "a", "schema": 7}, "steps[0].schema", "object"),
]


def test_every_kind_has_an_accepted_example() -> None:
    assert validate_steps(GOOD_STEPS, PARAMETERS) == []
    assert {step["kind"] for step in GOOD_STEPS} == set(list_step_kinds())


@pytest.mark.parametrize(("step", "path", "message"), BAD_STEPS)
def test_a_wrong_step_is_refused_with_its_path(step: object, path: str, message: str) -> None:
    errors = validate_steps([step], PARAMETERS)
    assert [error.path for error in errors] == [path]
    assert message in errors[0].message


def test_an_unknown_property_is_taken_for_the_one_that_is_missing() -> None:
    errors = validate_steps([{"kind": "fill", "selector": "#a", "text": "x"}], PARAMETERS)
    messages = {error.path: error.message for error in errors}
    assert messages.keys() == {"steps[0].value", "steps[0].text"}
    assert messages["steps[0].text"] == "a fill step has no property text; did you mean value?"


def test_the_path_names_the_step_that_is_wrong() -> None:
    errors = validate_steps([*GOOD_STEPS[:3], {"kind": "hover", "selectr": "#a"}], PARAMETERS)
    assert {error.path for error in errors} == {"steps[3]", "steps[3].selectr"}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"kind": "goto"}, "must be a list of steps"),
        (None, "must be a list of steps"),
        ([], "needs at least one step"),
        ([GOOD_STEPS[0]] * 501, "501 steps are too many; the most is 500"),
    ],
)
def test_steps_are_a_list_of_bounded_length(steps: object, message: str) -> None:
    (error,) = validate_steps(steps, ())
    assert error.path == "steps"
    assert message in error.message


def test_a_flood_of_errors_is_cut_at_a_hundred() -> None:
    assert len(validate_steps([{"kind": "nope"}] * 400, ())) == 100


def test_the_published_schema_is_a_valid_one_and_a_copy() -> None:
    schema = load_steps_schema()
    Draft202012Validator.check_schema(schema)
    schema.clear()
    assert load_steps_schema()["type"] == "array"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "visible", "text"]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)
_PROPERTIES = sorted({name for step in GOOD_STEPS for name in step} - {"kind"})
_STEPS = st.builds(
    lambda kind, rest: {"kind": kind, **rest},
    st.sampled_from([*list_step_kinds(), "nope"]),
    st.dictionaries(st.sampled_from([*_PROPERTIES, "odd"]), _JSON, max_size=4),
)


@given(_STEPS)
def test_the_validator_accepts_exactly_what_the_published_schema_accepts(
    step: dict[str, object],
) -> None:
    by_schema = Draft202012Validator(load_steps_schema()).is_valid([step])
    assert (validate_steps([step], ()) == []) == by_schema


@given(st.recursive(_JSON, lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=3)))
def test_any_json_gets_an_answer_and_never_an_exception(document: object) -> None:
    assert validate_steps(json.loads(json.dumps(document)), ())
    assert all(isinstance(error, StepError) for error in validate_steps([document], ()))


def test_placeholders_are_filled_once() -> None:
    values = {"a": "{{b}}", "b": "2"}
    assert fill_placeholders("{{a}}-{{ b }}-{{b}}", values) == "{{b}}-2-2"
    with pytest.raises(KeyError):
        fill_placeholders("{{c}}", values)


@pytest.mark.parametrize(
    "text",
    [
        "{{''|attr('format')}}",
        "{{user.__class__}}",
        "{{ user|upper }}",
        "{{range(999999999)}}",
        "{{7*7}}",
        "{{user}}{{}}",
    ],
)
def test_case_58_an_expression_is_refused_and_none_is_ever_computed(text: str) -> None:
    step: dict[str, object] = {"kind": "fill", "selector": "#p", "value": text}
    (error,) = validate_steps([step], PARAMETERS)
    assert "is not the name of a parameter" in error.message
    assert fill_placeholders(text, {"user": "{{user}}"}) == text


def test_keys_survive_the_insertion_of_an_unrelated_step() -> None:
    save = {"kind": "click", "selector": "#save"}
    other = {"kind": "act", "instruction": "click Next"}
    before = key_steps([save, save])
    after = key_steps([save, other, save])
    assert before[0] != before[1]
    assert [after[0], after[2]] == before


@pytest.mark.parametrize("url", ["/x", "x?y=http://z", "https://a.b/", "HTTP://a", "{{user}}:1"])
def test_http_and_relative_addresses_are_fine(url: str) -> None:
    assert describe_bad_url(url) is None
