"""What a document amounts to, and what it costs, counted without following every spread."""

import pytest
import strawberry
from graphql import build_schema, parse

from graph.support.limits import Limits, Measured, measure
from graph.support.masking import ExposedError

pytestmark = pytest.mark.unit

SCHEMA = build_schema(
    """
    type Query {
      hello: String
      item: Item
      plain: [Item!]!
      items(first: Int, last: Int): ItemConnection!
      fixed(first: Int! = 7): ItemConnection!
      either: Either
    }
    type Mutation { change: Item }
    type Item { number: Int parent: Item items(first: Int, last: Int): ItemConnection! tags: [String!]! }
    type ItemConnection { edges: [ItemEdge!]! pageInfo: PageInfo! totalCount: Int! }
    type ItemEdge { cursor: String! node: Item! }
    type PageInfo { hasNextPage: Boolean! }
    type Other { number: Int }
    union Either = Item | Other
    """
)


def measured(text: str, **limits: int) -> Measured:
    """The first operation of a text."""
    return measure(SCHEMA, parse(text), Limits(**limits))[0]


def cost(text: str, **variables: object) -> int:
    """What a text would cost."""
    return measured(text, cost=10**9).cost(variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{hello}", 1),
        ("{item{number}}", 1),
        ("{item{parent{number}}}", 2),
        ("{plain{number}}", 10),
        ("{plain{parent{number}}}", 20),
        ("{item{tags}}", 1),
        ("{items{edges{cursor}}}", 1),
        ("{items(first:5){edges{node{number}} pageInfo{hasNextPage} totalCount}}", 6),
        ("{items{edges{node{number}}}}", 21),
        ("{items(last:3){edges{node{number}}}}", 4),
        ("{items(first:3,last:9){edges{node{number}}}}", 10),
        ("{fixed{edges{node{number}}}}", 8),
        ("{items(first:5){edges{node{items(first:4){edges{node{number}}}}}}}", 31),
        ("{either{... on Item{parent{number}} ... on Other{number}}}", 2),
        ("{items(first:5){...page}} fragment page on ItemConnection{edges{node{number}}}", 6),
        ("{a:item{number} b:item{number}}", 2),
        ("{__schema{types{name}}}", 100),
        ("{unknown{deeper}}", 1),
    ],
)
def test_objects_cost_one_as_often_as_they_may_come(text: str, expected: int):
    assert cost(text) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 21),
        ({"n": 5}, 6),
        ({"n": None}, 21),
        ({"n": "5"}, 21),
        ({"n": True}, 21),
        ({"n": 10**9}, 101),
        ({"n": -5}, 2),
    ],
)
def test_a_variable_counts_with_its_value(given: dict[str, object], expected: int):
    assert cost("query($n:Int){items(first:$n){edges{node{number}}}}", **given) == expected


def test_a_variable_without_value_counts_with_its_default():
    text = "query($n:Int=50){items(first:$n){edges{node{number}}}}"

    assert (cost(text), cost(text, n=2)) == (51, 3)


def test_variables_multiply_through_fragments():
    text = """query($n:Int){...a ...b}
        fragment a on Query{x:items(first:$n){...page}}
        fragment b on Query{y:items(first:2){edges{node{items(first:$n){...page}}}}}
        fragment page on ItemConnection{edges{node{number}}}"""

    # a: 1 + n; b: 1 + 2 * (node 1 + connection 1 + n)
    assert cost(text, n=10) == 11 + 25


def test_a_cost_beyond_counting_is_computed_at_once():
    inner = "number"
    for _ in range(14):
        inner = f"items(first:$n){{edges{{node{{{inner}}}}}}}"
    text = f"query($n:Int){{item{{{inner}}}}}"

    assert measured(text, depth=100).cost({"n": 100}) > 10**27


@pytest.mark.parametrize(
    ("limit", "allowed", "text"),
    [
        ("depth", 3, "{item{parent{number}}}"),
        ("depth", 3, "{item{...a}} fragment a on Item{parent{number}}"),
        ("selections", 3, "{hello item{number}}"),
        ("selections", 6, "{...a ...a} fragment a on Query{hello item{number}}"),
        ("aliases", 2, "{a:hello b:hello}"),
        ("aliases", 4, "{item{...a parent{...a}}} fragment a on Item{a:number b:number}"),
        ("directives", 2, "{hello @include(if:true) @skip(if:false)}"),
        (
            "directives",
            2,
            "query @include(if:true){...a} fragment a on Query @skip(if:false){hello}",
        ),
        ("root_fields", 2, "{hello item{number}}"),
        ("root_fields", 2, "{...a ...on Query{item{number}}} fragment a on Query{hello}"),
        ("mutations", 2, "mutation{a:change{number} b:change{number}}"),
        ("repeats", 2, "{item{number number}}"),
        ("repeats", 2, "{...a ...a} fragment a on Query{hello}"),
        ("nesting", 3, "{...on Query{...on Query{hello}}}"),
        ("introspection_depth", 2, "{__schema{types{name}}}"),
    ],
)
def test_a_limit_is_reached_and_not_passed(limit: str, allowed: int, text: str):
    if limit == "selections" and "..." in text:
        allowed = 8
    measured(text, **{limit: allowed})

    with pytest.raises(ExposedError) as refused:
        measured(text, **{limit: allowed - 1})

    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"


def test_every_operation_of_a_document_is_measured():
    with pytest.raises(ExposedError):
        measured("query a{hello} query b{item{parent{number}}}", depth=2)


@pytest.mark.parametrize(
    ("text", "introspects"),
    [
        ("{__typename hello}", False),
        ("{__schema{queryType{name}}}", True),
        ('{...a} fragment a on Query{__type(name:"Item"){name}}', True),
    ],
)
def test_introspection_is_noticed(text: str, introspects: bool):
    assert measured(text).introspects is introspects


def test_a_field_states_its_own_cost():
    @strawberry.type
    class Query:
        @strawberry.field(metadata={"cost": 25})
        def dear(self) -> str:
            return ""

    schema = strawberry.Schema(Query)._schema

    assert measure(schema, parse("{dear x:dear}"), Limits())[0].cost({}) == 50
