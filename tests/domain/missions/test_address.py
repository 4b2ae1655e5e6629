"""A base address is a web address without secrets."""

import pytest

from domain.missions.address import check_base_url
from domain.shared.checks import Checks
from domain.shared.errors import Invalid

pytestmark = pytest.mark.unit


def check(value: str | None) -> str | None:
    checks = Checks()
    address = check_base_url(checks, value, ("base_url",))
    checks.settle()
    return address


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("  ", None),
        (" https://app.example.test/admin ", "https://app.example.test/admin"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000/"),
    ],
)
def test_addresses_are_kept_without_white_space(given: str | None, kept: str | None):
    assert check(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "app.example.test",
        "ftp://app.example.test",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
        "http://host:99999",
        "https://ada:hunter2@app.example.test",
        "https://ada@app.example.test",
        "https://app.example.test/\x00",
        "https://app.example.test/\nX",
        "https://app.example.test/" + "x" * 2_000,
    ],
)
def test_anything_else_is_refused(given: str):
    with pytest.raises(Invalid) as raised:
        check(given)
    assert raised.value.field == ("base_url",)
