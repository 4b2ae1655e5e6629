"""Tokens over HTTP: whatever is not exactly ours gets 401, and no word on why it was refused."""

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.fixtures.people import Ask, JwtFor, MakeMember
from tests.support.forgery import write_token

pytestmark = pytest.mark.integration

ME = "{ me { email } }"


@pytest.fixture
async def claims(workspace_member: MakeMember) -> dict[str, object]:
    """Claims of a real session, so that only the forgery can be the reason for a refusal."""
    kim = await workspace_member()
    return {
        "sub": kim.person.user_id,
        "ws": kim.person.workspace_id,
        "sid": kim.signed_in.session_id,
    }


async def expect_refusal(ask: Ask, token: str) -> None:
    answer = await ask(ME, token=token)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert answer.body["data"] is None


async def test_the_claims_alone_are_good(ask: Ask, jwt_for: JwtFor, claims):
    assert (await ask(ME, token=jwt_for(**claims))).data["me"]["email"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another-api"},
        {"iss": "http://other.test"},
        {"typ": "refresh"},
        {"typ": None},
        {"exp": 1_000_000_000},
        {"sid": "00000000-0000-0000-0000-000000000000"},
        {"headers": {"jku": "http://evil.test/keys"}},
        {"headers": {"jwk": {"kty": "RSA"}}},
        {"headers": {"kid": "unknown"}},
    ],
    ids=str,
)
async def test_a_token_with_something_wrong_is_refused(ask: Ask, jwt_for: JwtFor, claims, wrong):
    await expect_refusal(ask, jwt_for(**{**claims, **wrong}))


async def test_another_workspaces_claim_is_refused(
    ask: Ask, jwt_for: JwtFor, claims, workspace_member: MakeMember
):
    other = await workspace_member()
    await expect_refusal(ask, jwt_for(**{**claims, "ws": other.person.workspace_id}))
    await expect_refusal(ask, jwt_for(**{**claims, "sub": other.person.user_id}))


async def test_unsigned_and_wrongly_signed_tokens_are_refused(
    ask: Ask, jwt_for: JwtFor, claims, authority
):
    good = jwt_for(**claims)
    payload = jwt.decode(good, options={"verify_signature": False})
    key = authority.tokens.keys.current
    public = key.public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, body, _ = good.split(".")
    for forged in (
        write_token({"alg": "none", "kid": key.kid}, payload),
        write_token({"alg": "HS256", "kid": key.kid}, payload, public),
        f"{head}.{body}.",
        f"{head}.{body}",
        good[:-4] + "AAAA",
    ):
        await expect_refusal(ask, forged)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic a2ltOnBhc3N3b3Jk", "Token x", "Bearer a b c"]
)
async def test_a_header_without_a_token_is_refused(client, header: str):
    answer = await client.post("/graphql", json={"query": ME}, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_refresh_token_is_no_access_token(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    await expect_refusal(ask, kim.signed_in.refresh_token)
