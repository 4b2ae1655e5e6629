"""Access tokens: signed statements, valid for a quarter of an hour, of who is in which session."""

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
ALLOWED_HEADERS = frozenset({"alg", "kid", "typ"})
"""Nothing else: `jku`, `jwk`, `x5u`, `x5c` and `crit` ask the verifier to trust the token itself."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says; whether the session still stands is another question."""

    user_id: UUID
    workspace_id: UUID
    session_id: UUID
    expires_at: datetime


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
        try:
            claims = self._decode(token)
            issued, expires = (read_time(claims[name]) for name in ("iat", "exp"))
            user, workspace, session = (UUID(str(claims[name])) for name in ("sub", "ws", "sid"))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError) as error:
            raise Unauthenticated("The access token is not valid.") from error
        if claims["typ"] != TOKEN_TYPE or issued > self._clock.now() + CLOCK_SKEW:
            raise Unauthenticated("The access token is not valid.")
        if expires <= self._clock.now():
            raise Unauthenticated(
                "The access token has expired; refresh the session or sign in again."
            )
        return AccessClaims(user, workspace, session, expires)

    def _decode(self, token: str) -> Mapping[str, object]:
        if len(token) > MAX_CHARACTERS:
            raise ValueError("too long")
        header = jwt.get_unverified_header(token)
        key = self.keys.find(str(header.get("kid")))
        if key is None or header.get("alg") != ALGORITHM or not header.keys() <= ALLOWED_HEADERS:
            raise ValueError("not a header of ours")
        return jwt.decode(
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


def read_time(value: object) -> datetime:
    """A NumericDate of RFC 7519."""
    if not isinstance(value, int):
        raise TypeError("not a whole number of seconds")
    return datetime.fromtimestamp(value, UTC)
