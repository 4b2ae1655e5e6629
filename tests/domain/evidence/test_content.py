"""A file is what its bytes say, or just bytes."""

import pytest

from domain.evidence.content import HEAD_BYTES, TAIL_BYTES, UNKNOWN, verify_type
from tests.factories.evidence import png_bytes

pytestmark = pytest.mark.unit

JPEG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"
WEBP = b"RIFF" + (20).to_bytes(4, "little") + b"WEBPVP8 " + bytes(12)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def verify(claimed: str, data: bytes) -> str:
    return verify_type(claimed, data[:HEAD_BYTES], data[-TAIL_BYTES:], len(data))


@pytest.mark.parametrize(
    ("claimed", "data"),
    [
        ("image/png", png_bytes()),
        ("image/jpeg", JPEG),
        ("image/webp", WEBP),
        ("application/zip", b"PK\x03\x04rest"),
        ("video/webm", b"\x1a\x45\xdf\xa3rest"),
        ("text/plain", "grüße\n\x1b[31mred".encode()),
        ("application/json", b' {"a": 1}'),
    ],
)
def test_what_matches_its_claim_keeps_it(claimed: str, data: bytes):
    assert verify(claimed, data) == claimed


@pytest.mark.parametrize(
    ("claimed", "data"),
    [
        ("image/png", JPEG),
        ("image/png", b"<html>"),
        ("image/jpeg", png_bytes()),
        ("image/webp", WEBP + b"more than the header says"),
        ("text/plain", b"\x00\x01\x02"),
        ("text/plain", b"\xff\xfe"),
        ("application/json", b"<html>"),
        ("application/zip", b"no archive"),
    ],
)
def test_case_51_what_does_not_match_its_claim_is_just_bytes(claimed: str, data: bytes):
    assert verify(claimed, data) == UNKNOWN


@pytest.mark.parametrize("claimed", ["text/html", "image/svg+xml", "application/pdf", "x", ""])
def test_case_49_types_that_could_act_are_never_kept(claimed: str):
    assert verify(claimed, SVG) == UNKNOWN


@pytest.mark.parametrize(
    "data",
    [
        png_bytes() + b"<script>alert(1)</script>",
        png_bytes().replace(b"IHDR", b"IHDR<script>", 1),
        JPEG[:20] + b"<HTML>" + JPEG[20:],
        b"GIF89a/*" + png_bytes(),
    ],
)
def test_case_49_a_polyglot_is_no_picture(data: bytes):
    assert verify("image/png", data) == UNKNOWN
    assert verify("image/jpeg", data) == UNKNOWN


def test_parameters_of_the_claimed_type_do_not_matter():
    assert verify("Text/Plain; charset=utf-8", b"hello") == "text/plain"


def test_text_may_be_cut_inside_a_character_at_the_end_of_the_head():
    data = ("ä" * HEAD_BYTES).encode()[1:]
    data = b"x" + data[1:]
    assert verify("text/plain", data) == "text/plain"
