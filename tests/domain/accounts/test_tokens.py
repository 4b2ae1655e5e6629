"""Access tokens: only ours, only for this, only as long as they last."""

import json
import secrets
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.accounts.keys import SigningKey, SigningKeys, thumbprint
from domain.accounts.sessions import REFRESH_TOKEN_BYTES, Authority
from domain.accounts.tokens import AUDIENCE, LIFETIME, AccessTokens
from domain.shared.errors import Unauthenticated
from domain.shared.ids import new_id
from tests.factories.accounts import ISSUER, SettableClock
from tests.support.forgery import write_token

pytestmark = pytest.mark.unit


@pytest.fixture
def good_claims(clock: SettableClock) -> dict[str, object]:
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(new_id()),
        "ws": str(new_id()),
        "sid": str(new_id()),
        "jti": str(new_id()),
        "typ": "access",
        "iat": int(clock.now().timestamp()),
        "exp": int((clock.now() + LIFETIME).timestamp()),
    }


def sign(authority: Authority, claims: dict[str, object], **headers: object) -> str:
    """A token with our signature; PyJWS, unlike PyJWT, takes claims as they are."""
    key = authority.tokens.keys.current
    payload = json.dumps(claims).encode()
    return jwt.PyJWS().encode(payload, key.private, "RS256", headers={"kid": key.kid, **headers})


def test_an_issued_token_says_who_is_in_which_session(authority: Authority, clock: SettableClock):
    user, workspace, session = new_id(), new_id(), new_id()
    token, expires_at = authority.tokens.issue(user, workspace, session)
    claims = authority.tokens.verify(token)
    assert (claims.user_id, claims.workspace_id, claims.session_id) == (user, workspace, session)
    assert claims.expires_at == expires_at
    assert timedelta() <= clock.now() + LIFETIME - expires_at < timedelta(seconds=1)


def test_claims_made_by_hand_with_our_key_are_accepted(authority: Authority, good_claims):
    claims = authority.tokens.verify(sign(authority, good_claims))
    assert str(claims.user_id) == good_claims["sub"]


def test_a_token_expires_after_a_quarter_of_an_hour(authority: Authority, clock: SettableClock):
    token, _ = authority.tokens.issue(new_id(), new_id(), new_id())
    clock.pass_time(LIFETIME - timedelta(seconds=2))
    authority.tokens.verify(token)
    clock.pass_time(timedelta(seconds=2))
    with pytest.raises(Unauthenticated, match="expired"):
        authority.tokens.verify(token)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "http://other.test"),
        ("iss", ISSUER + "/"),
        ("aud", "another-api"),
        ("aud", [AUDIENCE, "another-api"]),
        ("typ", "refresh"),
        ("typ", None),
        ("sub", "nobody"),
        ("ws", ""),
        ("sid", 5),
        ("exp", "tomorrow"),
        ("exp", 10**30),
        ("iat", 9_999_999_999),
        ("jti", None),
    ],
)
def test_case_31_a_token_with_a_wrong_claim_is_refused(
    authority: Authority, good_claims, claim, value
):
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(sign(authority, {**good_claims, claim: value}))


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "ws", "sid", "jti", "typ", "iat", "exp"])
def test_case_31_a_token_without_a_claim_is_refused(authority: Authority, good_claims, claim: str):
    del good_claims[claim]
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(sign(authority, good_claims))


def test_case_30_an_unsigned_token_is_refused(authority: Authority, good_claims):
    kid = authority.tokens.keys.current.kid
    for algorithm in ("none", "None", "NONE"):
        with pytest.raises(Unauthenticated):
            authority.tokens.verify(write_token({"alg": algorithm, "kid": kid}, good_claims))


def test_case_30_a_token_that_names_no_algorithm_is_refused(authority: Authority, good_claims):
    kid = authority.tokens.keys.current.kid
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(write_token({"kid": kid, "typ": "JWT"}, good_claims))


def test_case_30_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    authority: Authority, good_claims
):
    key = authority.tokens.keys.current
    public = key.public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    forged = write_token({"alg": "HS256", "kid": key.kid}, good_claims, public)
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(forged)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_case_30_our_own_key_with_another_algorithm_is_refused(
    authority: Authority, good_claims, algorithm: str
):
    key = authority.tokens.keys.current
    token = jwt.encode(good_claims, key.private, algorithm, headers={"kid": key.kid})
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(token)


def test_case_32_a_token_of_an_unknown_key_is_refused(authority: Authority, good_claims):
    stranger = rsa.generate_private_key(65537, 2048)
    for kid in (
        thumbprint(stranger.public_key()),
        authority.tokens.keys.current.kid,
        "../../x",
        "",
    ):
        token = jwt.encode(good_claims, stranger, "RS256", headers={"kid": kid})
        with pytest.raises(Unauthenticated):
            authority.tokens.verify(token)


def test_case_32_a_token_without_a_key_id_is_refused(authority: Authority, good_claims):
    token = jwt.encode(good_claims, authority.tokens.keys.current.private, "RS256")
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(token)


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "http://evil.test/jwks.json"},
        {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"x5u": "http://evil.test/cert.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
    ],
)
def test_case_32_a_token_that_brings_its_own_key_is_refused_unread(
    authority: Authority, good_claims, extra: dict[str, object]
):
    """Unit tests have no sockets: a verifier that fetched the address would fail otherwise."""
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(sign(authority, good_claims, **extra))


def test_case_31_a_refresh_token_is_no_access_token(authority: Authority):
    refresh_token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(refresh_token)


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "..", "é.é.é", "\x00", "x" * 100_000])
def test_what_is_no_token_is_refused(authority: Authority, text: str):
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(text)


def test_case_30_an_elliptic_key_cannot_stand_in(authority: Authority, good_claims):
    key = ec.generate_private_key(ec.SECP256R1())
    kid = authority.tokens.keys.current.kid
    with pytest.raises(Unauthenticated):
        authority.tokens.verify(jwt.encode(good_claims, key, "ES256", headers={"kid": kid}))


def test_tokens_of_the_previous_key_stay_valid(keys_directory: Path, clock: SettableClock):
    old = SigningKeys.from_directory(keys_directory).current
    private = rsa.generate_private_key(65537, 2048)
    new = SigningKey(thumbprint(private.public_key()), private)
    before = AccessTokens(SigningKeys(old, {old.kid: old}), ISSUER, clock)
    after = AccessTokens(SigningKeys(new, {new.kid: new, old.kid: old}), ISSUER, clock)
    user = new_id()
    token, _ = before.issue(user, new_id(), new_id())
    assert after.verify(token).user_id == user
    renewed, _ = after.issue(user, new_id(), new_id())
    with pytest.raises(Unauthenticated):
        before.verify(renewed)


def test_a_token_that_was_verified_before_ends_with_its_key(
    authority: Authority, clock: SettableClock, tmp_path: Path
):
    tokens = AccessTokens(authority.tokens.keys, ISSUER, clock)
    token, _ = tokens.issue(new_id(), new_id(), new_id())
    tokens.verify(token)
    tokens.keys = SigningKeys.from_directory(tmp_path)
    with pytest.raises(Unauthenticated):
        tokens.verify(token)


def test_a_token_that_was_verified_before_expires_all_the_same(
    authority: Authority, clock: SettableClock
):
    token, _ = authority.tokens.issue(new_id(), new_id(), new_id())
    authority.tokens.verify(token)
    clock.pass_time(LIFETIME)
    with pytest.raises(Unauthenticated, match="expired"):
        authority.tokens.verify(token)
