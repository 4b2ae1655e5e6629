"""The smallest document for any root field, so that tests can call fields nobody wrote one for."""

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_composite_type,
)

from graph.support.ids import encode_id
from graph.support.targets import NOBODY

SAMPLES: dict[str, object] = {
    "ID": encode_id("Mission", NOBODY),
    "String": "x",
    "Int": 1,
    "Float": 1.0,
    "Boolean": False,
    "JSON": [],
    "DateTime": "2025-01-31T12:00:00Z",
}


def write_document(schema: GraphQLSchema, kind: OperationType, name: str) -> tuple[str, dict]:
    """A document that calls one root field with only what it requires, and its variables."""
    root = schema.get_root_type(kind)
    assert root is not None
    field = root.fields[name]
    required = {
        key: argument.type
        for key, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull)
    }
    declared = ", ".join(f"${key}: {wanted}" for key, wanted in required.items())
    given = ", ".join(f"{key}: ${key}" for key in required)
    head = f"{kind.value} ({declared})" if declared else kind.value
    call = f"{name}({given})" if given else name
    variables = {key: make_value(wanted) for key, wanted in required.items()}
    return f"{head} {{ {call} {select(field)} }}", variables


def make_value(wanted: GraphQLInputType) -> object:
    """A value of the right type that means nothing."""
    if isinstance(wanted, GraphQLNonNull):
        return make_value(wanted.of_type)
    if isinstance(wanted, GraphQLList):
        return []
    if isinstance(wanted, GraphQLEnumType):
        return next(iter(wanted.values))
    if isinstance(wanted, GraphQLInputObjectType):
        return {
            key: make_value(inner.type)
            for key, inner in wanted.fields.items()
            if isinstance(inner.type, GraphQLNonNull)
        }
    assert isinstance(wanted, GraphQLScalarType)
    return SAMPLES[wanted.name]


def select(field: GraphQLField) -> str:
    """User errors where there are any, else the name of the type."""
    named = get_named_type(field.type)
    if not is_composite_type(named):
        return ""
    has_errors = isinstance(named, GraphQLObjectType) and "userErrors" in named.fields
    return "{ userErrors { code } }" if has_errors else "{ __typename }"
