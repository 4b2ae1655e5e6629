"""The status of an answer by what was refused and by the type the client asked for."""

import pytest

from tests.api.graphql.server import ToyServer

pytestmark = pytest.mark.contract

OLD = ["application/json", "application/json;q=0.9, */*;q=0.1", "text/html, Application/JSON"]
NEW = [
    "application/graphql-response+json",
    "application/graphql-response+json, application/json;q=0.9",
    "*/*",
    "application/*, application/json;q=0.5",
    None,
]
PARSE = {"query": "{"}
VALIDATION = {"query": "{nothing}"}
COERCION = {"query": "query($n:Int){items(first:$n){totalCount}}", "variables": {"n": "many"}}
DOCUMENTS = [PARSE, VALIDATION, COERCION]


async def status_of(server: ToyServer, body: object, accept: str | None) -> int:
    """The status of an answer that has errors and no data."""
    request = server.client.build_request("POST", "/graphql", json=body)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = await server.client.send(request)
    assert answer.json()["errors"]
    assert "data" not in answer.json()
    return answer.status_code


@pytest.mark.parametrize("accept", OLD)
@pytest.mark.parametrize("body", DOCUMENTS, ids=["parse", "validation", "coercion"])
async def test_a_wrong_document_is_200_for_whom_json_is_the_type_of_old(
    server: ToyServer, body: object, accept: str
):
    assert await status_of(server, body, accept) == 200


@pytest.mark.parametrize("accept", NEW)
@pytest.mark.parametrize("body", DOCUMENTS, ids=["parse", "validation", "coercion"])
async def test_a_wrong_document_is_400_for_everybody_else(
    server: ToyServer, body: object, accept: str | None
):
    assert await status_of(server, body, accept) == 400


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "{" + "items{edges{node{" * 12 + "number" + "}}}" * 12 + "}"}, 400),
        ({"query": "query a{hello} query b{hello}"}, 400),
        ({"query": "{hello}", "operationName": "other"}, 400),
        ([{"query": "{hello}"}], 400),
        ({"query": 5}, 400),
        ({"query": "subscription{numbers}"}, 406),
    ],
    ids=["depth", "unnamed", "misnamed", "batch", "shape", "subscription"],
)
async def test_what_we_refuse_ourselves_keeps_its_status_for_all(
    server: ToyServer, body: object, expected: int
):
    assert await status_of(server, body, "application/json") == expected
