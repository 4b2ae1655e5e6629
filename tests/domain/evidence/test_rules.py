"""Names of evidence are safe to show, to save and to send."""

import pytest

from domain.evidence.rules import MAX_NAME_LENGTH, clean_name

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00b.png", "ab.png"),
        ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie x=1.png"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\u2066hidden\u2069.txt", "hidden.txt"),
        ('qu"ote<b>.txt', "quoteb.txt"),
        ("Ünïcode 文件.txt", "Ünïcode 文件.txt"),
        ("   .  ", "file"),
        ("..", "file"),
        ("\ud800", "file"),
    ],
)
def test_case_50_a_name_loses_what_is_dangerous(given: str, expected: str):
    assert clean_name(given) == expected


def test_a_long_name_keeps_its_suffix():
    cleaned = clean_name("x" * 400 + ".json")
    assert len(cleaned) == MAX_NAME_LENGTH
    assert cleaned.endswith(".json")


def test_a_name_that_holds_a_secret_is_replaced_whole():
    assert clean_name("Typed-HUNTER22.png", secrets=["hunter22"], otherwise="shot.png") == (
        "shot.png"
    )


def test_a_secret_of_few_characters_does_not_blank_names():
    assert clean_name("step-1.png", secrets=["1"]) == "step-1.png"
