"""Others can verify our tokens with what we publish, and learn nothing else."""

from dataclasses import replace

import httpx
import jwt
import pytest

from domain.accounts.keys import FollowedSigningKeys
from domain.accounts.rotate_keys import rotate_signing_key
from domain.accounts.sessions import Authority
from domain.accounts.tokens import AUDIENCE, AccessTokens
from domain.shared.clock import SystemClock
from domain.shared.settings import Settings
from tests.factories.accounts import ISSUER

pytestmark = pytest.mark.integration


async def test_a_token_is_verified_with_the_published_key(
    client: httpx.AsyncClient, workspace_member, authority: Authority
):
    member = await workspace_member()
    answer = await client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    token = member.signed_in.access_token
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWKSet.from_dict(answer.json())[header["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER)
    assert claims["sub"] == str(member.person.user_id)
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(answer.json()["keys"][0])


@pytest.fixture
def authority(authority: Authority, settings: Settings) -> Authority:
    """With keys that are followed, as in the product."""
    keys = FollowedSigningKeys(settings.keys_dir)
    return replace(authority, tokens=AccessTokens(keys, ISSUER, SystemClock()))


def read_kids(answer: httpx.Response) -> list[str]:
    return [key["kid"] for key in answer.json()["keys"]]


async def test_a_cache_that_asks_again_is_told_whether_anything_changed(client: httpx.AsyncClient):
    first = await client.get("/.well-known/jwks.json")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await client.get("/.well-known/jwks.json", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "public, max-age=300"
    other = await client.get("/.well-known/jwks.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_a_running_api_takes_up_a_rotated_key_without_a_restart(
    client: httpx.AsyncClient, ask, workspace_member, authority: Authority, settings: Settings
):
    member = await workspace_member()
    before = await client.get("/.well-known/jwks.json")
    rotated = rotate_signing_key(settings.keys_dir, SystemClock(), at_once=True)
    elsewhere = AccessTokens(rotated, ISSUER, SystemClock())
    claims = authority.tokens.verify(member.signed_in.access_token)
    renewed, _ = elsewhere.issue(claims.user_id, claims.workspace_id, claims.session_id)
    for token in (renewed, member.signed_in.access_token):
        answer = await ask("{ me { id } }", token=token)
        assert answer.status == 200, answer.body
    after = await client.get(
        "/.well-known/jwks.json", headers={"If-None-Match": before.headers["etag"]}
    )
    assert read_kids(after) == [rotated.newest.kid, *read_kids(before)]
