"""Signing keys: made once, kept private, named by what they are."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from domain.accounts.keys import (
    PREVIOUS_FILE,
    SIGNING_FILE,
    SigningKeys,
    generate_key,
    read_key,
    thumbprint,
)
from domain.shared.key_files import MissingKey, UnusableKey

pytestmark = pytest.mark.unit

RFC_7638_EXAMPLE = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
    "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
    "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
    "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def test_the_thumbprint_is_that_of_the_standard():
    key = jwt.PyJWK({"kty": "RSA", "e": "AQAB", "n": RFC_7638_EXAMPLE}, "RS256").key
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path):
    first = SigningKeys.from_directory(tmp_path / "keys")
    again = SigningKeys.from_directory(tmp_path / "keys")
    assert first.current.kid == again.current.kid
    assert stat.S_IMODE((tmp_path / "keys" / SIGNING_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as starting:
        keys = starting.map(SigningKeys.from_directory, [tmp_path] * 8)
    assert len({key.current.kid for key in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [SIGNING_FILE]


def test_the_published_document_verifies_and_holds_nothing_private(tmp_path: Path):
    keys = SigningKeys.from_directory(tmp_path)
    (document,) = keys.jwks["keys"]
    assert set(document) == {"kty", "n", "e", "kid", "use", "alg"}
    token = jwt.encode({"sub": "somebody"}, keys.current.private, "RS256")
    assert jwt.decode(token, jwt.PyJWK(document), algorithms=["RS256"]) == {"sub": "somebody"}


def test_a_previous_key_is_published_and_does_not_sign(tmp_path: Path):
    (tmp_path / PREVIOUS_FILE).write_bytes(generate_key())
    old = read_key(tmp_path / PREVIOUS_FILE)
    keys = SigningKeys.from_directory(tmp_path)
    assert old is not None
    assert [key["kid"] for key in keys.jwks["keys"]] == [keys.current.kid, old.kid]
    assert keys.current.kid != old.kid


def test_a_file_that_is_no_key_is_named(tmp_path: Path):
    (tmp_path / SIGNING_FILE).write_text("not a key")
    with pytest.raises(UnusableKey, match=SIGNING_FILE):
        SigningKeys.from_directory(tmp_path)


def test_a_short_key_is_refused(tmp_path: Path):
    pem = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / SIGNING_FILE).write_bytes(pem)
    with pytest.raises(UnusableKey, match="2048"):
        SigningKeys.from_directory(tmp_path)


def test_reading_makes_nothing(tmp_path: Path):
    with pytest.raises(MissingKey, match=SIGNING_FILE):
        SigningKeys.read(tmp_path)
    assert list(tmp_path.iterdir()) == []
