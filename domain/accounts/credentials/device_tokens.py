"""What a browser keeps after a sign-in, so that strangers who guess do not lock its owner out.

They are the device cookies of OWASP ("Slow Down Online Guessing Attacks with Device Cookies"): a
nonce and an expiry, bound to an address of mail by a key of the installation. Nothing is stored.
Whoever reads one learns only when it was made; it opens nothing, and is good for guesses at one
account, which are counted for that browser alone. A new password makes all of them worthless that
were made before: else whoever knew the old one could have collected any number of them.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.accounts.credentials.link_tokens import KEY_FILE
from domain.accounts.rules import normalise_email
from domain.shared.crypto import read_or_make_key

PREFIX = "mmd_"
"""Tells people and log filters what such a token is."""
USE = b"metamorph device cookies"
LIFETIME = timedelta(days=90)
NONCE_BYTES = 16
EXPIRY = struct.Struct(">Q")
MAC_BYTES = hashlib.sha256().digest_size
MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """What a browser is to keep, and until when."""

    token: str = field(repr=False)
    expires_at: datetime


class DeviceTokens:
    """Makes and reads what marks a browser as one that somebody has signed in with.

    Args:
        key: 32 random bytes, the same in every process of the installation.
    """

    def __init__(self, key: bytes) -> None:
        # As for links: a key for this use alone, so that no other signature fits here.
        self._key = hmac.digest(key, USE, hashlib.sha256)

    @classmethod
    def from_directory(cls, directory: Path) -> "DeviceTokens":
        """Derive it from the links' key of this installation, making that at the first call."""
        return cls(read_or_make_key(directory / KEY_FILE))

    def make(self, email: str, now: datetime) -> DeviceToken:
        """A new one for a browser that has just signed in with this address."""
        expires_at = now + LIFETIME
        marked = secrets.token_bytes(NONCE_BYTES) + EXPIRY.pack(int(expires_at.timestamp()))
        raw = marked + self._sign(email, marked)
        encoded = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return DeviceToken(PREFIX + encoded, expires_at)

    def read(self, token: str, email: str, now: datetime, since: datetime | None = None) -> str:
        """The nonce, if the token was made for this address and has not expired; else nothing.

        Args:
            since: When the password was chosen that holds; what was made before is no token.
        """
        raw = decode(token)
        marked, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
        if len(marked) != NONCE_BYTES + EXPIRY.size:
            return ""
        if not hmac.compare_digest(mac, self._sign(email, marked)):
            return ""
        (expiry,) = EXPIRY.unpack(marked[NONCE_BYTES:])
        expires_at = datetime.fromtimestamp(expiry, UTC)
        is_older = since is not None and expires_at < since.replace(microsecond=0) + LIFETIME
        return "" if is_older or expires_at <= now else marked[:NONCE_BYTES].hex()

    def _sign(self, email: str, marked: bytes) -> bytes:
        address = normalise_email(email).encode(errors="surrogatepass")
        return hmac.digest(self._key, marked + address, hashlib.sha256)


def decode(token: str) -> bytes:
    """The bytes of a token; none where it is no token."""
    body = token.removeprefix(PREFIX)
    if not token.startswith(PREFIX) or len(token) > MAX_CHARACTERS or not body.isascii():
        return b""
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""
