"""Rules over the assembled schema: permissions are declared, and names and shapes are the agreed."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_object_type,
)
from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from domain.accounts.permissions import PERMISSIONS
from graph.support.deprecations import find_deprecations, read_deprecation
from graph.support.permissions import declared
from tests.architecture.gates.source import SourceFile, Violation
from tests.architecture.gates.verbs import Verb, collect_verbs

ROOT = Path(__file__).resolve().parents[3]
GUARDED_ROOTS = ("Mutation", "Subscription")
MIN_REASON_WORDS = 4
CAMEL = re.compile(r"^[a-z][a-zA-Z0-9]*$")
HOW_TO_DECLARE = 'add extensions=[requires("...")], or public("why") and the name to OPEN_TO_ALL'


def find_undeclared_fields(schema: Schema, open_to_all: frozenset[str]) -> Iterator[Violation]:
    """Mutations and subscriptions without a decision on who may, or open ones nobody agreed on."""
    for root in GUARDED_ROOTS:
        for field in fields_of(schema, root):
            declaration = declared(field)
            name = f"{root}.{graphql_name(schema, field)}"
            if declaration is None:
                yield _broken(field, f"{name} declares no permission", HOW_TO_DECLARE)
            elif declaration.permission is None:
                if graphql_name(schema, field) not in open_to_all:
                    yield _broken(field, f"{name} is open to everybody", HOW_TO_DECLARE)
                elif len(declaration.why.split()) < MIN_REASON_WORDS:
                    yield _broken(field, f"{name} does not say why it is open", HOW_TO_DECLARE)
            elif declaration.permission not in PERMISSIONS:
                what = f"{name} needs {declaration.permission!r}, which nobody can hold"
                yield _broken(field, what, "take a name from domain.accounts.permissions")


def find_misshapen_mutations(schema: Schema) -> Iterator[Violation]:
    """Mutations other than `verbNoun(input: VerbNounInput!): VerbNounPayload!` with user errors."""
    graphql = core_schema(schema)
    for field in fields_of(schema, "Mutation"):
        name = graphql_name(schema, field)
        known = graphql.mutation_type.fields[name] if graphql.mutation_type else None
        for what in _mutation_complaints(name, known) if known else ():
            yield _broken(field, f"Mutation.{name} {what}", "see the naming rules of the API")


def find_unresumable_subscriptions(schema: Schema) -> Iterator[Violation]:
    """Subscriptions a client cannot resume after the last event it saw."""
    graphql = core_schema(schema)
    for field in fields_of(schema, "Subscription"):
        name = graphql_name(schema, field)
        root = graphql.subscription_type
        if root is not None and "after" not in root.fields[name].args:
            yield _broken(field, f"Subscription.{name} takes no `after`", "let clients resume")


def find_loose_fields(schema: Schema) -> Iterator[str]:
    """Lists that may hold nulls, and names in the wrong case.

    A list that can be forbidden or fail on its own may be null, when its description says so.
    """
    for kind in core_schema(schema).type_map.values():
        if not is_object_type(kind) or kind.name.startswith("__"):
            continue
        for name, field in kind.fields.items():
            place = f"{kind.name}.{name}"
            if not CAMEL.match(name):
                yield f"{place} is not in camelCase"
            if _has_loose_list(field):
                yield f"{place} is {field.type}, a list has to be [T!]!"


def find_loose_deprecations(schema: Schema, today: date) -> Iterator[str]:
    """Deprecations that do not say until when, in the one form, and those whose day is over."""
    for place, text in find_deprecations(core_schema(schema)):
        try:
            known = read_deprecation(text)
        except ValueError as error:
            yield f"{place}: {error} -> write it with graph.support.deprecations.deprecated"
            continue
        if known.until < today:
            yield f"{place} was to go after {known.until} -> remove it, or promise a later date"


def find_false_declarations(schema: Schema, files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Mutations whose verb asks for another permission than the schema tells clients."""
    verbs = collect_verbs(files)
    by_path = {file.path: file for file in files}
    for field in fields_of(schema, "Mutation"):
        declaration = declared(field)
        place = _broken(field, "", "declare the permission the verb requires")
        file = by_path.get(place.path)
        if declaration is None or declaration.permission is None or file is None:
            continue
        for asked in permissions_asked(file, place.line, verbs):
            if declaration.permission not in asked:
                what = f"declares {declaration.permission}, its verb asks for {', '.join(asked)}"
                yield replace(place, what=f"Mutation.{graphql_name(schema, field)} {what}")


def permissions_asked(
    file: SourceFile, line: int, verbs: Mapping[str, Verb]
) -> Iterator[frozenset[str]]:
    """What each verb named in the function that starts at `line`, or at its decorator, requires."""
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= line <= node.lineno:
                for inner in ast.walk(node):
                    verb = verbs.get(file.names.resolve(inner))
                    if verb is not None and verb.permissions:
                        yield verb.permissions


def fields_of(schema: Schema, root: str) -> list[StrawberryField]:
    """The fields of a root type, inherited and merged ones included; none without that root."""
    definition = schema.get_type_by_name(root)
    return list(definition.fields) if isinstance(definition, StrawberryObjectDefinition) else []


def graphql_name(schema: Schema, field: StrawberryField) -> str:
    """The name clients use."""
    return schema.config.name_converter.get_graphql_name(field)


def core_schema(schema: Schema) -> GraphQLSchema:
    """The graphql-core schema behind Strawberry's."""
    core = schema._schema
    assert isinstance(core, GraphQLSchema)
    return core


def _mutation_complaints(name: str, field: GraphQLField) -> Iterator[str]:
    expected = name[0].upper() + name[1:]
    if str(field.type) != f"{expected}Payload!":
        yield f"returns {field.type}, not {expected}Payload!"
    inputs = {key: str(argument.type) for key, argument in field.args.items()}
    if inputs and inputs != {"input": f"{expected}Input!"}:
        yield f"takes {inputs}, not (input: {expected}Input!)"
    payload = get_named_type(field.type)
    errors = payload.fields.get("userErrors") if isinstance(payload, GraphQLObjectType) else None
    if errors is None or str(errors.type) != "[UserError!]!":
        yield "has no userErrors: [UserError!]!"


def _has_loose_list(field: GraphQLField) -> bool:
    outer = field.type
    inner = outer.of_type if isinstance(outer, GraphQLNonNull) else outer
    if not isinstance(inner, GraphQLList):
        return False
    says_when = "null" in (field.description or "")
    is_sure = isinstance(outer, GraphQLNonNull) or says_when
    return not is_sure or not isinstance(inner.of_type, GraphQLNonNull)


def _broken(field: StrawberryField, what: str, how: str) -> Violation:
    """Point at the resolver; a field without one is defined where its class is."""
    resolver = field.base_resolver.wrapped_func if field.base_resolver else field.origin
    if resolver is None or isinstance(resolver, classmethod):
        return Violation("graph", 1, what, how)
    path = Path(inspect.getsourcefile(resolver) or "graph")
    line = inspect.getsourcelines(resolver)[1]
    return Violation(path.relative_to(ROOT).as_posix(), line, what, how)
