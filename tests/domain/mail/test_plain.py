"""What people wrote stands in mails so that nobody can click it."""

import pytest

from domain.mail.plain import defuse

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Pay at https://evil.test/x?y", "Pay at https[:]//evil[.]test/x?y"),
        ("www.evil.test", "www[.]evil[.]test"),
        ("evil.test/pay,other.test", "evil[.]test/pay,other[.]test"),
        ("http://localhost:80/a", "http[:]//localhost:80/a"),
        ("192.0.2.7/x", "192[.]0[.]2[.]7/x"),
        ("evil\u3002test", "evil[.]test"),
        ("xn--e1a.xn--p1ai", "xn--e1a[.]xn--p1ai"),
        ("пример.рф", "пример[.]рф"),
        ("a@evil.test", "a@evil[.]test"),
        ("mailto:x", "mailto[:]x"),
    ],
)
def test_what_looks_like_an_address_leads_nowhere(written: str, shown: str):
    assert defuse(written) == shown


@pytest.mark.parametrize(
    "name", ["Kim's workspace", "J.R.R. Tolkien", "Red: 2.0", "Ph.D", "Mission v1.2.3.", "Team A/B"]
)
def test_other_names_stay_as_they_are(name: str):
    assert defuse(name) == name
