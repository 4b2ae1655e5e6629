"""The keys that sign access tokens: RSA files in one directory, two of them valid at a time."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from domain.shared.clock import Clock, SystemClock
from domain.shared.key_files import (
    Followed,
    MissingKey,
    UnusableKey,
    make_directory,
    make_file,
)

SIGNING_FILE = "signing.pem"
PREVIOUS_FILE = "signing-previous.pem"
"""The key before the newest one; `metamorph keys rotate` moves it here."""
JWKS_CACHE_SECONDS = 300
"""How long others may keep what we publish."""
SIGNS_FROM = re.compile(rb"\ASigns-From: ([0-9T:.+-]+)\n")
"""What a file may say before its key (RFC 7468, 2 lets text stand there)."""
KEY_BITS = 2048
PUBLIC_EXPONENT = 65537

Jwk = dict[str, str]


@dataclass(frozen=True)
class SigningKey:
    """One RSA key and its name, the thumbprint of its public half (RFC 7638).

    `signs_from` is when it begins to sign: until then it is only published.
    """

    kid: str
    private: rsa.RSAPrivateKey
    signs_from: datetime | None = None

    @property
    def public(self) -> rsa.RSAPublicKey:
        """What verifies."""
        return self.private.public_key()

    @property
    def jwk(self) -> Jwk:
        """The public half as RFC 7517 writes it."""
        return {**public_members(self.public), "kid": self.kid, "use": "sig", "alg": "RS256"}


class SigningKeySource(Protocol):
    """Where tokens get their keys from: fixed ones, or a directory that is followed."""

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        ...

    def find(self, kid: str) -> SigningKey | None:
        """The key with this name, if its tokens are accepted."""
        ...

    @property
    def jwks(self) -> dict[str, list[Jwk]]:
        """The document others verify with."""
        ...


@dataclass(frozen=True)
class SigningKeys:
    """The newest key, and every key whose tokens are accepted, by `kid`.

    Whoever reads the same files agrees on the key that signs: it is the newest one as soon as all
    copies of the document without it have expired, and the one before it until then.
    """

    newest: SigningKey
    accepted: Mapping[str, SigningKey]
    clock: Clock = field(default_factory=SystemClock)

    @property
    def current(self) -> SigningKey:
        """The key that signs at this moment."""
        begins, before = self.newest.signs_from, self.previous
        if before is None or begins is None or begins <= self.clock.now():
            return self.newest
        return before

    @property
    def previous(self) -> SigningKey | None:
        """The key before the newest one, if there is one."""
        return next((key for key in self.accepted.values() if key.kid != self.newest.kid), None)

    @classmethod
    def read(cls, directory: Path, clock: Clock | None = None) -> "SigningKeys":
        """Read the keys.

        Raises:
            MissingKey: There is none.
            UnusableKey: A file is no RSA private key.
        """
        newest = read_key(directory / SIGNING_FILE)
        if newest is None:
            raise MissingKey(f"there is no {directory / SIGNING_FILE}")
        previous = read_key(directory / PREVIOUS_FILE)
        known = [newest] if previous is None else [newest, previous]
        return cls(newest, {key.kid: key for key in known}, clock or SystemClock())

    @classmethod
    def from_directory(cls, directory: Path) -> "SigningKeys":
        """Read the keys, making the first (0600) where there is none.

        Processes that start at the same moment end up with the same key.

        Raises:
            UnusableKey: A file is no RSA private key.
        """
        make_first_signing_key(directory)
        return cls.read(directory)

    def find(self, kid: str) -> SigningKey | None:
        """The key with this name, if its tokens are accepted."""
        return self.accepted.get(kid)

    @property
    def jwks(self) -> dict[str, list[Jwk]]:
        """The document others verify with."""
        return {"keys": [key.jwk for key in self.accepted.values()]}


class FollowedSigningKeys:
    """The keys of an installation as they are now, also when they were rotated after the start."""

    def __init__(
        self,
        directory: Path,
        seconds: Callable[[], float] = time.monotonic,
        clock: Clock | None = None,
    ) -> None:
        self._followed = Followed(directory, lambda: SigningKeys.read(directory, clock), seconds)

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._followed.keys.current

    def find(self, kid: str) -> SigningKey | None:
        """The key with this name, also one that another process has been signing with just now."""
        return self._followed.keys.find(kid) or self._followed.look().find(kid)

    @property
    def jwks(self) -> dict[str, list[Jwk]]:
        """The document others verify with."""
        return self._followed.keys.jwks


def make_first_signing_key(directory: Path) -> bool:
    """Make a key where there is none; whether this was the one who did."""
    if (directory / SIGNING_FILE).exists():
        return False
    make_directory(directory)
    return make_file(directory / SIGNING_FILE, generate_key())


def read_key(path: Path) -> SigningKey | None:
    """The key in a file, or None where there is no file."""
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise UnusableKey(f"{path} holds no private key that can be read.") from error
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < KEY_BITS:
        raise UnusableKey(f"{path} holds no RSA key of at least {KEY_BITS} bits.")
    return SigningKey(thumbprint(private.public_key()), private, read_begin(pem))


def read_begin(pem: bytes) -> datetime | None:
    """When the key in a file begins to sign; None: since it was made."""
    told = SIGNS_FROM.match(pem)
    try:
        return None if told is None else datetime.fromisoformat(told[1].decode())
    except ValueError:
        return None


def write_begin(moment: datetime) -> bytes:
    """What `read_begin` reads."""
    return f"Signs-From: {moment.astimezone(UTC).isoformat()}\n".encode()


def generate_key() -> bytes:
    """A new private key, as it stands in a file."""
    private = rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS)
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def thumbprint(key: rsa.RSAPublicKey) -> str:
    """SHA-256 of the required members in canonical order (RFC 7638, 3)."""
    canonical = json.dumps(public_members(key), sort_keys=True, separators=(",", ":"))
    return encode(hashlib.sha256(canonical.encode()).digest())


def public_members(key: rsa.RSAPublicKey) -> Jwk:
    """The required members of an RSA key (RFC 7518, 6.3.1)."""
    numbers = key.public_numbers()
    return {"e": encode_number(numbers.e), "kty": "RSA", "n": encode_number(numbers.n)}


def encode_number(number: int) -> str:
    """Base64urlUInt of RFC 7518."""
    return encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def encode(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
