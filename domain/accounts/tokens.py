"""Access tokens: signed statements, valid for a quarter of an hour, of who is in which session."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from domain.accounts.keys import SigningKeySource
from domain.shared.clock import Clock
from domain.shared.errors import Unauthenticated
from domain.shared.ids import new_id

ALGORITHM = "RS256"
AUDIENCE = "metamorph-api"
TOKEN_TYPE = "access"  # noqa: S105 - the value of a claim, not a secret
LIFETIME = timedelta(minutes=15)
CLOCK_SKEW = timedelta(seconds=5)
"""How far the clocks of two API processes may be apart."""
MAX_CHARACTERS = 4096
REQUIRED_CLAIMS = ["iss", "aud", "sub", "ws", "sid", "jti", "typ", "iat", "exp"]
MOST_KNOWN = 5_000
"""Tokens that are verified once and not at every request."""
ALLOWED_HEADERS = frozenset({"alg", "kid", "typ"})
"""Nothing else: `jku`, `jwk`, `x5u`, `x5c` and `crit` ask the verifier to trust the token itself."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says; whether the session still stands is another question."""

    user_id: UUID
    workspace_id: UUID
    session_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token says, and the key that vouches for it."""

    kid: str
    issued_at: datetime
    claims: AccessClaims


class AccessTokens:
    """Issues and verifies access tokens.

    Args:
        keys: Signs with the current one, accepts all of them.
        issuer: The installation's own address.
        clock: Tells when a token expires.
    """

    def __init__(self, keys: SigningKeySource, issuer: str, clock: Clock) -> None:
        self.keys = keys
        self._issuer = issuer
        self._clock = clock
        self._known: OrderedDict[bytes, Signed] = OrderedDict()

    def issue(self, user_id: UUID, workspace_id: UUID, session_id: UUID) -> tuple[str, datetime]:
        """Sign a token; returns it with the moment it expires."""
        issued = self._clock.now().replace(microsecond=0)
        expires = issued + LIFETIME
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "ws": str(workspace_id),
            "sid": str(session_id),
            "jti": str(new_id()),
            "typ": TOKEN_TYPE,
            "iat": issued,
            "exp": expires,
        }
        key = self.keys.current
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.kid}), expires

    def verify(self, token: str) -> AccessClaims:
        """Check everything about a token that needs no database, and fetch nothing.

        Raises:
            Unauthenticated: It is not one of ours, is not meant for this, or has expired.
        """
        signed = self._find_signed(token)
        now = self._clock.now()
        if signed is None or signed.issued_at > now + CLOCK_SKEW:
            raise Unauthenticated("The access token is not valid.")
        if signed.claims.expires_at <= now:
            raise Unauthenticated(
                "The access token has expired; refresh the session or sign in again."
            )
        return signed.claims

    def _find_signed(self, token: str) -> Signed | None:
        """What a token says, if a key that is still accepted has signed it.

        It is remembered: clients send the same token for a quarter of an hour. The name of a key is
        its thumbprint, so another key never has it.
        """
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None and self.keys.find(known.kid) is not None:
            self._known.move_to_end(digest)
            return known
        signed = self._read(token)
        if signed is not None:
            self._known[digest] = signed
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return signed

    def _read(self, token: str) -> Signed | None:
        try:
            kid, claims = self._decode(token)
            issued, expires = (read_time(claims[name]) for name in ("iat", "exp"))
            user, workspace, session = (UUID(str(claims[name])) for name in ("sub", "ws", "sid"))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
            return None
        if claims["typ"] != TOKEN_TYPE:
            return None
        return Signed(kid, issued, AccessClaims(user, workspace, session, expires))

    def _decode(self, token: str) -> tuple[str, Mapping[str, object]]:
        if len(token) > MAX_CHARACTERS:
            raise ValueError("too long")
        header = jwt.get_unverified_header(token)
        key = self.keys.find(str(header.get("kid")))
        if key is None or header.get("alg") != ALGORITHM or not header.keys() <= ALLOWED_HEADERS:
            raise ValueError("not a header of ours")
        claims = jwt.decode(
            token,
            key.public,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=self._issuer,
            # Times are compared with our own clock below.
            options={
                "require": REQUIRED_CLAIMS,
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        return key.kid, claims


def read_time(value: object) -> datetime:
    """A NumericDate of RFC 7519."""
    if not isinstance(value, int):
        raise TypeError("not a whole number of seconds")
    return datetime.fromtimestamp(value, UTC)
