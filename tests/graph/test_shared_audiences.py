"""What is shown of an event is shared by all with the same permissions: nothing of it is personal."""

from collections.abc import AsyncIterator, Iterator
from types import CodeType, FunctionType

import pytest
import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    parse,
)
from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition

from domain.accounts.permissions import EVERYBODY
from graph.execution.plans import find_showing_variables
from graph.schema import schema
from graph.support.context import Info
from graph.support.permissions import requires
from tests.graph.decisions import NODES

pytestmark = pytest.mark.contract

PERSONAL = frozenset(
    {
        "AccessToken",
        "Account",
        "GrantedPermission",
        "RateLimit",
        "Session",
        "Viewer",
        "WorkspaceMembership",
    }
)
"""Types that show something else to each who asks, even where all may do the same."""
WHO_ASKS = frozenset(
    {
        "client_address",
        "client_device",
        "cookies",
        "credential",
        "display_name",
        "origin",
        "own_units",
        "request_id",
        "session_id",
        "sign_in",
        "standing",
        "user_id",
    }
)
"""What a resolver learns of whoever asks, beside his permissions and his workspace."""


EXECUTABLE = frozenset(
    {
        *("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION"),
        *("FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION"),
    }
)
"""Where directives may stand in a document."""


def list_shown(core: GraphQLSchema) -> dict[str, str]:
    """Types that events lead to, with one way there."""
    root = core.subscription_type
    assert root is not None
    ways: dict[str, str] = {}
    ahead = [(get_named_type(one.type), name) for name, one in root.fields.items()]
    while ahead:
        kind, way = ahead.pop()
        if kind.name in ways:
            continue
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            ways[kind.name] = way
            ahead += [(one, f"{way} ({one.name})") for one in core.get_possible_types(kind)]
        elif isinstance(kind, GraphQLObjectType):
            ways[kind.name] = way
        if isinstance(kind, GraphQLInterfaceType | GraphQLObjectType):
            for name, one in kind.fields.items():
                ahead.append((get_named_type(one.type), f"{way}.{name}"))
    return ways


def find_personal_types(core: GraphQLSchema) -> list[str]:
    """Personal types that are shown to many together."""
    return [f"{way} shows {name}" for name, way in list_shown(core).items() if name in PERSONAL]


def find_personal_fields(found: Schema) -> list[str]:
    """Fields of types that are shown to many together, whose code asks who it is shown to."""
    return [
        f"{name}.{field.python_name} looks at {word}"
        for name in list_shown(found._schema)
        if isinstance(kind := found.get_type_by_name(name), StrawberryObjectDefinition)
        for field in kind.fields
        if field.base_resolver is not None
        for word in sorted(set(list_words(field.base_resolver.wrapped_func)) & WHO_ASKS)
    ]


def list_words(function: object, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """Names in the code of a function of ours, and of those of ours that it calls."""
    if not isinstance(function, FunctionType) or function.__qualname__ in known:
        return
    for name in list_names(function.__code__):
        yield name
        called = function.__globals__.get(name)
        if isinstance(called, FunctionType) and is_ours(called):
            yield from list_words(called, known | {function.__qualname__})


def list_names(code: CodeType) -> Iterator[str]:
    """Names in some code, and in what is defined inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from list_names(constant)


def is_ours(function: FunctionType) -> bool:
    """Whether it shows something; what reads or signs is told what to do."""
    return function.__module__.partition(".")[0] in ("graph", "tests")


def test_no_event_leads_to_anything_personal():
    assert find_personal_types(schema._schema) == []


def test_no_field_that_an_event_leads_to_asks_who_it_is_shown_to():
    assert find_personal_fields(schema) == []


def test_what_is_personal_is_there_and_complete():
    core = schema._schema
    personal_by_id = {kind for kind, needed in NODES.items() if needed in EVERYBODY}
    assert personal_by_id <= PERSONAL <= core.type_map.keys()


def test_what_events_lead_to_is_found():
    assert {"ExecutionEvent", "Execution", "EvidenceFile", "MissionProgress", "Mission"} <= set(
        list_shown(schema._schema)
    )


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Account(Named):
    mail: str


@strawberry.type
class Robot(Named):
    model: str


async def find_person(info: Info) -> str:
    return str((await info.context.actor()).user_id)


@strawberry.type
class Event:
    number: int
    by: "Account | Robot"

    @strawberry.field
    async def is_mine(self, info: Info) -> bool:
        return (await info.context.actor()).session_id is not None

    @strawberry.field
    async def mine(self, info: Info) -> list[str]:
        return [await find_person(info) for _ in range(2)]

    @strawberry.field
    async def allowed(self, info: Info) -> bool:
        return "a" in (await info.context.actor()).permissions

    @strawberry.field
    async def address(self, info: Info) -> str:
        return ", ".join(info.context.client_address for _ in range(1))


@strawberry.type
class Step:
    by: Named


@strawberry.type
class Query:
    number: int


def subscribing(kind: type) -> Schema:
    """A schema whose events are of a type."""

    async def follow(self, info: Info, after: int = 0) -> AsyncIterator[kind]:  # type: ignore[valid-type]
        yield kind()

    field = strawberry.subscription(follow, extensions=[requires("execution.read")])
    root = strawberry.type(type("Subscription", (), {"things": field}))
    return strawberry.Schema(Query, subscription=root, types=[Account, Robot])


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (Account, "things"),
        (Event, "things.by (Account)"),
        (Step, "things.by (Account)"),
        (list[Step], "things.by (Account)"),
    ],
)
def test_a_personal_type_is_found_however_it_is_reached(kind: type, way: str):
    assert find_personal_types(subscribing(kind)._schema) == [f"{way} shows Account"]


def test_a_field_that_asks_who_it_is_shown_to_is_found():
    assert sorted(find_personal_fields(subscribing(Event))) == [
        "Event.address looks at client_address",
        "Event.is_mine looks at session_id",
        "Event.mine looks at user_id",
    ]


HEAD = "subscription ($a: Int, $b: Int, $c: Boolean!) "
SHOWING = {
    "of the root field alone": ("{ events(after: $a, id: $b) { seq } }", ()),
    "of the root field in a fragment": (
        "{ ...F } fragment F on Subscription { events(after: $a) { seq } }",
        (),
    ),
    "of the root field in an inline fragment": ("{ ... { events(after: $a) { seq } } }", ()),
    "of a field below": ("{ events(after: $a) { seq runs(first: $b) { id } } }", ("b",)),
    "of the root field and of a field below": (
        "{ events(after: $a) { runs(first: $a) { id } } }",
        ("a",),
    ),
    "far below": ("{ events { a { b { c(d: $b) } } } }", ("b",)),
    "under another name": ("{ events { one: runs(first: $a) two: runs(first: $b) } }", ("a", "b")),
    "in a directive of the root field": ("{ events(after: $a) @include(if: $c) { seq } }", ("c",)),
    "in a directive below": ("{ events(after: $a) { seq @skip(if: $c) } }", ("c",)),
    "in a directive of a fragment below": ("{ events { ... @skip(if: $c) { seq } } }", ("c",)),
    "in a directive of a spread": (
        "{ ...F @include(if: $c) } fragment F on Subscription { events(after: $a) { seq } }",
        ("c",),
    ),
    "in a fragment below": (
        "{ events(after: $a) { ...F } } fragment F on E { runs(first: $b) { id } }",
        ("b",),
    ),
    "in a fragment of a fragment": (
        "{ events { ...F } } fragment F on E { a { ...G } } fragment G on A { b(c: $b) }",
        ("b",),
    ),
    "in one fragment at the root and below": (
        "{ ...F } fragment F on T { events(after: $a) { ...G } } "
        "fragment G on T { events(after: $a) }",
        ("a",),
    ),
    "in an inline fragment below": ("{ events { ... on E { runs(first: $b) } } }", ("b",)),
    "in an object": ("{ events { runs(filter: { number: { at: $a } }) } }", ("a",)),
    "in a list": ("{ events { runs(numbers: [1, $a, [$b]]) } }", ("a", "b")),
    "in an object at the root": ("{ events(from: { number: $a, at: [$b] }) { seq } }", ()),
    "nowhere": ("{ events { seq } }", ()),
}


@pytest.mark.parametrize(("text", "expected"), SHOWING.values(), ids=SHOWING.keys())
def test_variables_that_decide_what_is_shown_are_found(text: str, expected: tuple[str, ...]):
    assert find_showing_variables(parse(HEAD + text)) == expected


def test_variables_of_every_operation_of_a_document_are_found():
    text = "subscription A { events { a(b: $a) } } subscription B { events { a(b: $b) } }"
    assert find_showing_variables(parse(text)) == ("a", "b")


def test_no_directive_stands_where_its_variables_are_not_looked_for():
    """Operations and the definitions of fragments have none that could change what is shown."""
    looked_at = {"FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"}
    places = {one.name for kind in schema._schema.directives for one in kind.locations}
    assert places & EXECUTABLE <= looked_at


def test_fragments_that_go_round_in_circles_end():
    text = "{ events { ...F } } fragment F on E { a(b: $a) ...G } fragment G on E { ...F c(d: $b) }"
    assert find_showing_variables(parse(HEAD + text)) == ("a", "b")
