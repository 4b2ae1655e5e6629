"""The keys that sign access tokens: RSA files in one directory, made at the first start."""

import base64
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SIGNING_FILE = "signing.pem"
PREVIOUS_FILE = "signing-previous.pem"
"""To rotate: rename `signing.pem` to this, restart; remove it once its last token has expired."""
KEY_BITS = 2048
PUBLIC_EXPONENT = 65537

Jwk = dict[str, str]


class UnusableKey(RuntimeError):
    """A key file cannot be read as an RSA private key."""


@dataclass(frozen=True)
class SigningKey:
    """One RSA key and its name, the thumbprint of its public half (RFC 7638)."""

    kid: str
    private: rsa.RSAPrivateKey

    @property
    def public(self) -> rsa.RSAPublicKey:
        """What verifies."""
        return self.private.public_key()

    @property
    def jwk(self) -> Jwk:
        """The public half as RFC 7517 writes it."""
        return {**public_members(self.public), "kid": self.kid, "use": "sig", "alg": "RS256"}


@dataclass(frozen=True)
class SigningKeys:
    """The key that signs, and every key whose tokens are still accepted, by `kid`."""

    current: SigningKey
    accepted: dict[str, SigningKey]

    @classmethod
    def from_directory(cls, directory: Path) -> "SigningKeys":
        """Read the keys, making the first (0600) where there is none.

        Processes that start at the same moment end up with the same key.

        Raises:
            UnusableKey: A file is no RSA private key.
        """
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        current = read_key(directory / SIGNING_FILE) or make_key(directory / SIGNING_FILE)
        previous = read_key(directory / PREVIOUS_FILE)
        known = [current] if previous is None else [current, previous]
        return cls(current, {key.kid: key for key in known})

    @property
    def jwks(self) -> dict[str, list[Jwk]]:
        """The document others verify with."""
        return {"keys": [key.jwk for key in self.accepted.values()]}


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
    return SigningKey(thumbprint(private.public_key()), private)


def make_key(path: Path) -> SigningKey:
    """Make a key; where another process was faster, its key is the result.

    The file appears whole or not at all: it is written under another name, then linked.
    """
    private = rsa.generate_private_key(PUBLIC_EXPONENT, KEY_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".signing-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        winner = read_key(path)
        if winner is None:
            raise
        return winner
    finally:
        Path(name).unlink()
    return SigningKey(thumbprint(private.public_key()), private)


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
