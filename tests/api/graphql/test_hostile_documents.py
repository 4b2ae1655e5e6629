"""Security cases 1 to 10 and 15: documents that ask for too much, or for what is nobody's business."""

import time

import pytest
from graphql import get_introspection_query

from graph.support.limits import Limits
from tests.api.graphql.hostile import write_bomb, write_circular_introspection, write_nested
from tests.api.graphql.server import ToyServer

pytestmark = pytest.mark.contract

FRAGMENT_BOMB_SECONDS = 0.05
"""Of the processor, client and server together, so that a busy machine does not count."""


def codes(answer) -> list[str]:
    """The codes of the errors of an answer."""
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


async def test_case_01_twenty_fragments_each_spread_twice_are_refused_at_once(server: ToyServer):
    bomb = write_bomb()
    assert len(bomb) < 724
    await server.post("{ hello }")

    begun = time.process_time()
    answer = await server.post(bomb)
    seconds = time.process_time() - begun

    assert answer.status_code == 400
    assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"]
    assert seconds < FRAGMENT_BOMB_SECONDS


@pytest.mark.parametrize("leaf", ["items{edges{cursor}}", "a:hello", "hello @include(if:true)"])
async def test_case_01_whatever_the_fragments_hold(server: ToyServer, leaf: str):
    begun = time.process_time()
    answer = await server.post(write_bomb(30, leaf))

    assert answer.status_code == 400
    assert time.process_time() - begun < FRAGMENT_BOMB_SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "{...a} fragment a on Query{hello ...a}",
        "{...a} fragment a on Query{...b} fragment b on Query{...c} fragment c on Query{...a}",
        "fragment a on Query{...a} {hello}",
    ],
)
async def test_fragments_that_contain_themselves_are_refused(server: ToyServer, text: str):
    answer = await server.post(text)

    assert answer.status_code == 400
    assert set(codes(answer)) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "itself" in answer.text


async def test_case_02_one_level_more_than_allowed_is_refused(server: ToyServer):
    deepest = Limits().depth
    assert (await server.post(write_nested(deepest))).status_code == 200

    answer = await server.post(write_nested(deepest + 1))

    assert answer.status_code == 400
    assert f"{deepest + 1} levels of fields" in answer.json()["errors"][0]["message"]


async def test_nesting_beyond_any_stack_is_refused(server: ToyServer):
    answer = await server.post("{hello" + "{a" * 300 + "}" * 301)

    assert answer.status_code == 400
    assert codes(answer) == ["GRAPHQL_PARSE_FAILED"]


async def test_case_03_a_login_aliased_a_hundred_times_never_runs(server: ToyServer):
    tries = " ".join(f'a{n}:login(input:{{password:"{n}"}}){{ok}}' for n in range(100))

    answer = await server.post(f"mutation{{{tries}}}")

    assert answer.status_code == 400
    assert server.toy.login_attempts == 0


async def test_case_03_nor_does_one_hidden_in_fragments(server: ToyServer):
    uses = " ".join(f"...f{n}" for n in range(20))
    fragments = "".join(
        f'fragment f{n} on Mutation{{a{n}:login(input:{{password:"x"}}){{ok}}}}' for n in range(20)
    )

    answer = await server.post(f"mutation{{{uses}}}{fragments}")

    assert answer.status_code == 400
    assert server.toy.login_attempts == 0


async def test_case_03_allowed_attempts_count_one_by_one(server: ToyServer):
    tries = " ".join(f'a{n}:login(input:{{password:"{n}"}}){{ok}}' for n in range(5))

    assert (await server.post(f"mutation{{{tries}}}")).status_code == 200
    assert server.toy.login_attempts == 5


@pytest.mark.parametrize(
    "place", ["{{{0}}}", "{{plain{{{0}}}}}", "{{...f}} fragment f on Query{{{0}}}"]
)
async def test_case_04_a_field_repeated_500_times_is_limited(server: ToyServer, place: str):
    answer = await server.post(place.format("__typename " * 450))

    assert answer.status_code == 400
    assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_case_05_ten_unknown_directives_are_one_error(server: ToyServer):
    answer = await server.post("{hello " + " ".join(f"@unknown{n}" for n in range(10)) + "}")

    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 1


async def test_case_06_more_tokens_than_allowed_are_refused(server: ToyServer):
    allowed = Limits().tokens
    for tokens in (allowed + 1, allowed + 1_001):
        # Commas are no tokens; two braces are.
        answer = await server.post("{" + "a," * (tokens - 2) + "}")

        assert answer.status_code == 400
        assert codes(answer) == ["GRAPHQL_PARSE_FAILED"]


async def test_case_08_circular_introspection_is_refused(server: ToyServer):
    answer = await server.post(write_circular_introspection())

    assert answer.status_code == 400
    assert codes(answer) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_the_question_of_every_ide_is_answered(server: ToyServer):
    question = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )

    answer = await server.post(question)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize("text", ["{__schema{queryType{name}}}", '{__type(name:"Item"){name}}'])
async def test_case_09_strangers_cannot_read_the_schema_in_production(
    production: ToyServer, text: str
):
    stranger = await production.post(text)
    member = await production.post(text, token="good")

    assert (stranger.status_code, codes(stranger)) == (401, ["UNAUTHENTICATED"])
    assert member.status_code == 200


async def test_case_09_a_typename_is_no_introspection(production: ToyServer):
    assert (await production.post("{__typename}")).status_code == 200


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{helo}", {}),
        ('{hello(nam:"x")}', {}),
        ("{plain{numbr}}", {}),
        ("mutation($i:LoginInput!){login(input:$i){ok}}", {"i": {"pasword": "x"}}),
        ("{hello @skp(if:true)}", {}),
        ("query($i:LoginInpt){hello}", {}),
    ],
)
async def test_case_10_production_does_not_guess_what_was_meant(
    production: ToyServer, text: str, variables: dict[str, object]
):
    answer = await production.post(text, variables=variables)

    assert answer.status_code == 400
    assert "did you mean" not in answer.text.lower()


async def test_development_guesses_what_was_meant(server: ToyServer):
    assert "Did you mean 'hello'" in (await server.post("{helo}")).text


async def test_case_15_two_operations_need_a_name(server: ToyServer):
    text = "query a{hello} query b{plain{number}}"

    nameless = await server.post(text)
    unknown = await server.post(text, operationName="c")
    named = await server.post(text, operationName="b")

    assert (nameless.status_code, codes(nameless)) == (400, ["BAD_REQUEST"])
    assert (unknown.status_code, codes(unknown)) == (400, ["BAD_REQUEST"])
    assert "plain" in named.json()["data"]


async def test_an_operation_that_would_cost_too_much_is_refused_with_its_price(server: ToyServer):
    text = "query($n:Int){items(first:$n){edges{node{items(first:$n){edges{node{number}}}}}}}"

    cheap = await server.post(text, variables={"n": 5})
    dear = await server.post(text, variables={"n": 100})

    assert cheap.json()["extensions"]["cost"] == {"requested": 36, "maximum": Limits().cost}
    assert dear.status_code == 400
    assert dear.json()["errors"][0]["extensions"]["cost"]["requested"] == 10_201
