"""Security cases 7, 11 to 14 and 16 to 19, and what GraphQL over HTTP asks of a server."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from api.graphql.trusted import TrustedDocuments
from graph.support.ids import encode_id
from tests.api.graphql.server import ToyServer, serve_toy
from tests.api.graphql.toy import SECRET_WORDS, ToySignIn

pytestmark = [pytest.mark.contract, pytest.mark.heavy]

JSON = {"Content-Type": "application/json"}
MASKED = "Something went wrong on our side."


def codes(answer: httpx.Response) -> list[str]:
    """The codes of the errors of an answer."""
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


async def test_case_07_a_batch_is_refused(server: ToyServer):
    answer = await server.client.post("/graphql", json=[{"query": "{hello}"}] * 2)

    assert (answer.status_code, codes(answer)) == (400, ["BAD_REQUEST"])


async def test_case_11_a_mutation_by_get_is_refused(server: ToyServer):
    text = 'mutation{login(input:{password:"right"}){ok}}'
    answer = await server.client.get("/graphql", params={"query": text})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert server.toy.login_attempts == 0


async def test_only_trusted_queries_come_by_get(server: ToyServer):
    answer = await server.client.get("/graphql", params={"query": "{hello}"})

    assert (answer.status_code, codes(answer)) == (403, ["FORBIDDEN"])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(server: ToyServer, method: str):
    answer = await server.client.request(method, "/graphql")

    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "",
    ],
)
async def test_case_12_only_json_is_read(server: ToyServer, media: str):
    answer = await server.client.post(
        "/graphql", content=b'{"query":"{hello}"}', headers={"Content-Type": media}
    )

    assert (answer.status_code, codes(answer)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


@pytest.mark.parametrize(
    "body",
    [
        b"5",
        b"null",
        b"",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"query":"\xff\xfe"}',
        b'{"query":"\\ud800"}',
        b'{"query":5}',
        b'{"query":"{hello}","variables":[]}',
        b'{"query":"{hello}","variables":"{}"}',
        b'{"query":"{hello}","operationName":{}}',
        b'{"query":"{hello}","extensions":3}',
        b'{"query":"{hello}","documentId":"sha256:00"}',
        b"{}",
        b'{"query":NaN}',
    ],
    ids=range(15),
)
async def test_case_13_bodies_that_are_no_request_get_json_and_400(server: ToyServer, body: bytes):
    answer = await server.client.post("/graphql", content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/json")
    assert codes(answer) == ["BAD_REQUEST"]


async def send_pieces(size: int) -> AsyncIterator[bytes]:
    """A body of unknown length."""
    for _ in range(size // 65_536):
        yield b"x" * 65_536


async def test_case_14_a_body_of_20_megabytes_is_refused_unread(server: ToyServer):
    with_length = await server.client.post("/graphql", content=b"x" * 20_000_000, headers=JSON)
    chunked = await server.client.post("/graphql", content=send_pieces(20_000_000), headers=JSON)

    assert (with_length.status_code, chunked.status_code) == (413, 413)
    assert codes(with_length) == codes(chunked) == ["BODY_TOO_LARGE"]


@pytest.mark.parametrize("size", [-1, 0, 101, 1_000_000_000])
@pytest.mark.parametrize("name", ["first", "last"])
async def test_case_16_pages_have_1_to_100_items(server: ToyServer, name: str, size: int):
    literal = await server.post(f"{{items({name}:{size}){{edges{{cursor}}}}}}")
    variable = await server.post(
        f"query($n:Int){{items({name}:$n){{edges{{cursor}}}}}}", variables={"n": size}
    )

    assert codes(literal) == codes(variable) == ["BAD_USER_INPUT"]
    assert literal.status_code == variable.status_code == 400


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "Item:1",
        "SXRlbTo",
        "ä",
        "A" * 10_000,
        encode_id("Mission", UUID(int=1)),
    ],
)
async def test_case_17_a_forged_id_is_answered_as_a_missing_one(server: ToyServer, forged: str):
    text = "query($id:ID!){item(id:$id){number}}"
    missing = encode_id("Item", UUID(int=5_000))

    expected = (await server.post(text, variables={"id": missing})).json()
    answer = (await server.post(text, variables={"id": forged})).json()

    for body in (expected, answer):
        del body["errors"][0]["extensions"]["requestId"]
    assert answer == expected
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("field", "status"),
    [("broken", 200), ("brokenRequired", 500), ("wrongType", 200), ("unwritable", 500)],
)
async def test_case_18_what_nobody_meant_to_say_is_masked(
    server: ToyServer, lines: list, field: str, status: int
):
    answer = await server.post(f"{{{field}}}")

    assert answer.status_code == status
    assert SECRET_WORDS not in answer.text
    error = answer.json()["errors"][0]
    assert error["message"] == MASKED
    assert error["extensions"]["code"] == "INTERNAL"
    logged = [line for line in lines if line["event"] == "graphql.failed"]
    assert [line["request_id"] for line in logged] == [error["extensions"]["requestId"]]


@pytest.mark.parametrize(
    "request_body",
    [
        {"query": "query($n:String!){hello(name:$n)}", "variables": {"n": "a\0b"}},
        {"query": '{hello(name:"a\\u0000b")}'},
        {"query": '{hello(name:"a\\u{0}b")}'},
        {
            "query": "mutation($i:LoginInput!){login(input:$i){ok}}",
            "variables": {"i": {"password": "\0"}},
        },
        {"query": "{hello}", "variables": {"n": {"\0": 1}}},
    ],
)
async def test_case_19_nul_is_the_callers_mistake(server: ToyServer, request_body: dict):
    answer = await server.client.post("/graphql", json=request_body)

    assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])


async def test_a_variable_of_the_wrong_type_is_the_callers_mistake(server: ToyServer):
    text = "query($n:String!){hello(name:$n)}"

    for variables in ({}, {"n": None}, {"n": 5}, {"n": {}}):
        answer = await server.post(text, variables=variables)
        assert (answer.status_code, codes(answer)) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("forbidden", 200, "FORBIDDEN"),
        ("invalid", 200, "BAD_USER_INPUT"),
        ("missing", 200, "NOT_FOUND"),
        ("limited", 429, "RATE_LIMITED"),
        ("away", 503, "UNAVAILABLE"),
        ("lost", 503, "UNAVAILABLE"),
        ("silent", 503, "UNAVAILABLE"),
    ],
)
async def test_domain_errors_keep_their_code(server: ToyServer, how: str, status: int, code: str):
    answer = await server.post(f'{{refused(how:"{how}")}}')

    assert (answer.status_code, codes(answer)) == (status, [code])
    assert SECRET_WORDS not in answer.text
    assert ("retry-after" in answer.headers) == (status in (429, 503))


async def test_a_refusal_names_the_field_as_clients_spell_it(server: ToyServer):
    answer = await server.post('{refused(how:"invalid")}')

    assert answer.json()["errors"][0]["extensions"]["field"] == ["fullName"]


async def test_part_of_the_data_is_sent_although_a_store_is_away(server: ToyServer):
    answer = await server.post('{hello refused(how:"away")}')

    assert answer.status_code == 200
    assert answer.json()["data"] == {"hello": "Hello world", "refused": None}


async def test_a_store_that_is_away_before_anything_ran_is_503(production: ToyServer):
    production.contexts.sign_ins["away"] = ToySignIn(None, away=True)

    answer = await production.post("{__schema{queryType{name}}}", token="away")

    assert (answer.status_code, codes(answer)) == (503, ["UNAVAILABLE"])
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        (
            "application/json;q=0.5, application/graphql-response+json",
            "application/graphql-response+json",
        ),
        ("application/graphql-response+json;q=0, application/*", "application/json"),
        ("text/html, application/json;q=0.9", "application/json"),
    ],
)
async def test_the_answer_has_the_type_the_client_wants_most(
    server: ToyServer, accept: str | None, expected: str
):
    request = server.client.build_request("POST", "/graphql", json={"query": "{hello}"})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept

    answer = await server.client.send(request)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/json;q=0", "nonsense"])
async def test_a_type_nobody_can_give_is_refused(server: ToyServer, accept: str):
    answer = await server.client.post(
        "/graphql", json={"query": "{hello}"}, headers={"Accept": accept}
    )

    assert (answer.status_code, codes(answer)) == (406, ["NOT_ACCEPTABLE"])


async def test_a_subscription_needs_a_stream(server: ToyServer):
    answer = await server.post("subscription{numbers}", token="good")

    assert answer.status_code == 406
    assert server.toy.streams_begun == 0


async def test_the_total_is_counted_only_when_asked_for(server: ToyServer):
    await server.post("{items{edges{cursor}}}")
    assert server.toy.counts == 0

    answer = await server.post("{items{totalCount}}")

    assert answer.json()["data"]["items"]["totalCount"] == 1000
    assert server.toy.counts == 1


async def test_rows_asked_for_together_are_loaded_together(server: ToyServer):
    await server.post("{plain{label} items(first:2){edges{node{label}}}}", token="good")

    assert server.toy.batches == [[0, 1, 2]]


QUERY, MUTATION = "query q{hello}", 'mutation{login(input:{password:"right"}){ok}}'


def digest(text: str) -> str:
    """The name of a text in the manifest."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest of one query and one mutation."""
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({digest(text): text for text in (QUERY, MUTATION)}))
    return path


async def test_a_trusted_query_is_run_by_its_hash(manifest: Path):
    async with serve_toy(trusted_documents=manifest) as server:
        name = f"sha256:{digest(QUERY)}"
        by_get = await server.client.get("/graphql", params={"documentId": name})
        by_post = await server.client.post("/graphql", json={"documentId": name})
        by_text = await server.client.get("/graphql", params={"query": QUERY})
        unknown = await server.client.get("/graphql", params={"documentId": digest("{a}")})

    assert [one.json()["data"] for one in (by_get, by_post, by_text)] == [
        {"hello": "Hello world"}
    ] * 3
    assert (unknown.status_code, codes(unknown)) == (400, ["BAD_REQUEST"])


async def test_a_trusted_mutation_is_still_no_get(manifest: Path):
    async with serve_toy(trusted_documents=manifest) as server:
        answer = await server.client.get("/graphql", params={"documentId": digest(MUTATION)})

        assert answer.status_code == 405
        assert server.toy.login_attempts == 0


@pytest.mark.parametrize(
    ("allowed", "stranger", "member"),
    [("anyone", 200, 200), ("signed_in", 403, 200), ("nobody", 403, 403)],
)
async def test_the_setting_says_who_may_send_other_documents(
    manifest: Path, allowed: str, stranger: int, member: int
):
    async with serve_toy(trusted_documents=manifest, untrusted_documents_from=allowed) as server:
        assert (await server.post("{hello}")).status_code == stranger
        assert (await server.post("{hello}", token="good")).status_code == member
        assert (await server.post(QUERY)).status_code == 200


def test_a_manifest_may_say_which_hash_it_has(tmp_path: Path):
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({f"sha256:{digest(QUERY)}": QUERY}))
    trusted = TrustedDocuments.from_file(path)
    assert digest(QUERY) in trusted
    assert trusted.find(f"sha256:{digest(QUERY)}") == trusted.find(digest(QUERY)) == QUERY


def test_a_manifest_whose_hashes_are_wrong_is_refused(tmp_path: Path):
    path = tmp_path / "trusted.json"
    path.write_text(json.dumps({digest("a"): "b"}))

    with pytest.raises(ValueError, match="another hash"):
        TrustedDocuments.from_file(path)
