"""Secrets disappear from text, JSON and bytes in every spelling that a browser produces."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.browser.masking import MASK, SecretMask

pytestmark = pytest.mark.unit

SECRET = "pa ss\"wörd/<&>'+=7"


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        html.escape(SECRET),
        html.escape(SECRET, quote=False),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"xuser:{SECRET}!".encode()).decode(),
        base64.urlsafe_b64encode(f"yyuser:{SECRET}".encode()).decode(),
    ],
)
def test_every_spelling_is_masked_in_text_and_bytes(written: str) -> None:
    mask = SecretMask([SECRET])
    line = f"GET /login?p={written}&x=1"
    masked = mask.text(line)
    assert MASK in masked
    assert masked.startswith("GET /login?p=")
    assert masked.endswith("&x=1")
    assert mask.bytes(line.encode()) == masked.encode()


@given(st.text(min_size=6).filter(str.strip), st.binary(max_size=4), st.binary(max_size=4))
def test_no_longer_secret_survives_base64_whatever_surrounds_it(
    secret: str, before: bytes, after: bytes
) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    masked = SecretMask([secret]).text(encoded)
    assert MASK in masked
    assert len(masked.replace(MASK, "")) <= (len(before) + len(after)) * 8 // 6 + 6


def test_json_is_masked_in_values_and_keys_and_keeps_its_shape() -> None:
    value = {"a": ["xhunter2x", 7, None], "hunter2": {"b": True}}
    assert SecretMask(["hunter2"]).json(value) == {"a": [f"x{MASK}x", 7, None], MASK: {"b": True}}


def test_a_secret_that_contains_another_one_is_masked_whole() -> None:
    assert SecretMask(["hunter", "hunter22"]).text("hunter22 hunter") == f"{MASK} {MASK}"


def test_a_very_short_secret_is_masked_as_a_word_only() -> None:
    assert (
        SecretMask(["17"]).text("pin 17 of 2017 items, 17%") == f"pin {MASK} of 2017 items, {MASK}%"
    )


def test_nothing_to_hide_changes_nothing() -> None:
    mask = SecretMask(["", "  "])
    assert mask.is_empty
    assert mask.text(" a ") == " a "
    assert mask.bytes(b"\xff") == b"\xff"
    assert mask.json({"a": 1}) == {"a": 1}


def test_bytes_that_are_not_text_pass_through() -> None:
    assert (
        SecretMask(["hunter2"]).bytes(b"\xff\x00hunter2\xfe")
        == b"\xff\x00" + MASK.encode() + b"\xfe"
    )
