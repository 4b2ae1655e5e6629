"""Others can verify our tokens with what we publish, and learn nothing else."""

import httpx
import jwt
import pytest

from domain.accounts.sessions import Authority
from domain.accounts.tokens import AUDIENCE
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
