"""What a browser keeps counts for the address it was made for, until it expires, and tells nothing."""

import base64
import os
from datetime import UTC, datetime, timedelta

import pytest

from domain.accounts.credentials.device_tokens import LIFETIME, DeviceTokens

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KIM = "kim@example.test"
TOKENS = DeviceTokens(os.urandom(32))


def test_it_is_read_for_its_address_however_that_is_spelled():
    token = TOKENS.make(KIM, NOW).token
    nonce = TOKENS.read(token, KIM, NOW)
    assert len(nonce) == 32
    assert TOKENS.read(token, f" {KIM.upper()}", NOW) == nonce
    assert TOKENS.read(TOKENS.make(KIM, NOW).token, KIM, NOW) not in ("", nonce)


def test_for_another_address_or_from_another_installation_it_is_none():
    token = TOKENS.make(KIM, NOW).token
    assert TOKENS.read(token, "lu@example.test", NOW) == ""
    assert DeviceTokens(os.urandom(32)).read(token, KIM, NOW) == ""


def test_after_ninety_days_it_is_none():
    made = TOKENS.make(KIM, NOW)
    assert made.expires_at == NOW + timedelta(days=90) == NOW + LIFETIME
    assert TOKENS.read(made.token, KIM, made.expires_at - timedelta(seconds=1))
    assert TOKENS.read(made.token, KIM, made.expires_at) == ""


def test_what_was_made_before_the_password_that_holds_is_none():
    token = TOKENS.make(KIM, NOW).token
    assert TOKENS.read(token, KIM, NOW, since=NOW)
    assert TOKENS.read(token, KIM, NOW, since=NOW + timedelta(seconds=1)) == ""


def test_no_byte_of_it_can_be_changed():
    token = TOKENS.make(KIM, NOW).token
    prefix, body = token[:4], token[4:]
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        forged = prefix + base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert TOKENS.read(forged, KIM, NOW) == ""


@pytest.mark.parametrize(
    "token", ["", "mmd_", "mmd_A", "mmd_é", "mmd_" + "A" * 300, "x" * 75, "\ud800"]
)
def test_what_is_no_token_is_none(token: str):
    assert TOKENS.read(token, KIM, NOW) == ""
