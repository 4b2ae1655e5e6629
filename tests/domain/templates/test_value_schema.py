"""The schema of an extracted value: which ones a step may have, and what they find wrong."""

import pytest

from domain.templates.value_schema import describe_bad_schema, find_violations, scalar_type

pytestmark = pytest.mark.unit

NAMED = {"$defs": {"n": {"type": "number"}}, "properties": {"a": {"$ref": "#/$defs/n"}}}


@pytest.mark.parametrize("schema", [{}, {"type": "number"}, NAMED, {"properties": {"$ref": {}}}])
def test_a_schema_that_stands_for_itself_is_fine(schema: dict[str, object]) -> None:
    assert describe_bad_schema(schema) is None


@pytest.mark.parametrize(
    ("schema", "path", "message"),
    [
        ({"type": "text"}, ".type", "is no JSON Schema"),
        ({"properties": {"a": {"minimum": "x"}}}, ".properties.a.minimum", "is no JSON Schema"),
        ({"pattern": "("}, ".pattern", "is no JSON Schema"),
        ({"$ref": "https://example.com/x.json"}, "", "refers to https://example.com/x.json"),
        ({"$ref": "#/$defs/gone"}, "", "refers to #/$defs/gone"),
        ({"$ref": "#"}, "", "refers to #"),
        ({"$ref": "#/$defs/a/b", "$defs": {"a/b": {}}}, "", "refers to #/$defs/a/b"),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a~1b": {}}}, "", "refers to #/$defs/a~1b"),
        ({"$id": "https://example.com/x"}, "", "refers to $id"),
        ({"title": "x" * 20_001}, "", "is longer than 20000 characters"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_with_its_path(
    schema: dict[str, object], path: str, message: str
) -> None:
    fault = describe_bad_schema(schema)
    assert fault is not None
    assert fault[0] == path
    assert message in fault[1]


def test_a_schema_nested_without_end_is_refused() -> None:
    schema: dict[str, object] = {}
    for _ in range(3_000):
        schema = {"not": schema}
    assert describe_bad_schema(schema) is not None


def test_single_values_are_told_from_the_rest() -> None:
    schemas: list[dict[str, object]] = [
        {"type": "integer"},
        {"type": ["number", "null"]},
        {"type": ["number", "string"]},
        {"type": "object"},
        {"enum": [1, 2]},
    ]
    assert [scalar_type(one) for one in schemas] == ["integer", "number", None, None, None]


def test_violations_name_their_places() -> None:
    schema = {"properties": {"a": {"type": "number"}}, "required": ["b"]}
    assert find_violations({"a": 1, "b": 2}, schema) == []
    assert find_violations({"a": "x"}, schema) == [
        "$: 'b' is a required property",
        "$.a: 'x' is not of type 'number'",
    ]


def test_a_schema_that_leads_back_to_itself_finds_an_end() -> None:
    schema = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
    assert describe_bad_schema(schema) is None
    assert find_violations(1, schema) == ["the schema refers to itself without end"]


@pytest.mark.parametrize("value", [10**25, -(10**25), float("inf"), {"a": [1, 10**400]}])
def test_a_number_that_cannot_be_stored_fits_no_schema(value: object) -> None:
    assert find_violations(value, {}) == ["a number is larger than what can be kept"]


def test_a_schema_whose_numbers_are_out_of_reach_is_no_accident() -> None:
    assert find_violations(0.5, {"multipleOf": 10**400}) != []
