"""Arguments for any field of the schema, with chosen texts where a name calls for them."""

from collections.abc import Callable

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)

Choose = Callable[[str], str]
"""A text for an input of this name."""
NUMBERS = {"Int": 1, "Float": 1.0, "Boolean": True}


def make_value(kind: GraphQLInputType, name: str, choose: Choose) -> object:
    """A value of the right shape."""
    if isinstance(kind, GraphQLNonNull):
        return make_value(kind.of_type, name, choose)
    if isinstance(kind, GraphQLList):
        return [make_value(kind.of_type, name, choose)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = kind.fields.items()
        return {inner: make_value(field.type, inner, choose) for inner, field in fields}
    return NUMBERS.get(kind.name, choose(name))


def write_literal(value: object, kind: GraphQLInputType) -> str:
    """The same value in a document."""
    if isinstance(kind, GraphQLNonNull):
        return write_literal(value, kind.of_type)
    if isinstance(value, list):
        return f"[{', '.join(write_literal(one, kind.of_type) for one in value)}]"
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        inner = (
            f"{name}: {write_literal(one, kind.fields[name].type)}" for name, one in value.items()
        )
        return f"{{{', '.join(inner)}}}"
    if isinstance(kind, GraphQLEnumType):
        return str(value)
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def select_leaf(kind: GraphQLOutputType) -> str:
    """The shortest selection a field of this type can have."""
    named: GraphQLNamedType = get_named_type(kind)
    return "" if is_leaf_type(named) else "{ __typename }"


def ask_with_variables(
    root: str, name: str, field: GraphQLField, choose: Choose
) -> dict[str, object]:
    """A request whose arguments are variables."""
    declared = ", ".join(f"${one}: {argument.type}" for one, argument in field.args.items())
    passed = ", ".join(f"{one}: ${one}" for one in field.args)
    head = f"({declared})" if declared else ""
    call = f"{name}({passed})" if passed else name
    return {
        "query": f"{root} A{head} {{ {call} {select_leaf(field.type)} }}",
        "variables": {
            one: make_value(argument.type, one, choose) for one, argument in field.args.items()
        },
    }


def ask_with_literals(
    root: str, name: str, field: GraphQLField, choose: Choose
) -> dict[str, object]:
    """The same request with its arguments in the document."""
    values = (
        f"{one}: {write_literal(make_value(argument.type, one, choose), argument.type)}"
        for one, argument in field.args.items()
    )
    passed = ", ".join(values)
    call = f"{name}({passed})" if passed else name
    return {"query": f"{root} {{ {call} {select_leaf(field.type)} }}"}


def list_roots(
    query: GraphQLObjectType | None, mutation: GraphQLObjectType | None
) -> list[tuple[str, str, GraphQLField]]:
    """Every root field with the word that begins its operation."""
    roots = (("query", query), ("mutation", mutation))
    return [
        (word, name, field) for word, root in roots if root for name, field in root.fields.items()
    ]
