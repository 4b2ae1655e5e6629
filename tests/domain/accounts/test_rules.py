"""Addresses, passwords, slugs and allowed hosts, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.rules import (
    MAX_ALLOWED_HOSTS,
    check_allowed_hosts,
    check_email,
    check_new_password,
    derive_slug,
    is_allowed_host,
)
from domain.shared.checks import Checks
from domain.shared.errors import Invalid
from workers.browser.allowed_hosts import AllowedHosts

pytestmark = pytest.mark.unit

GOOD_HOSTS = [
    "example.com",
    "example.com:8443",
    "*.example.com",
    "*.example.com:8080",
    "localhost",
    "localhost:8000",
    "app_1.internal",
    "10.0.0.5",
    "10.0.0.5:80",
    "10.0.0.0/8",
    "::1",
    "[::1]",
    "[::1]:8000",
    "fd00::/8",
    "xn--bcher-kva.example",
]
BAD_HOSTS = [
    "",
    "*",
    "*.com",
    "*.10.0.0.1",
    "a*.example.com",
    "http://example.com",
    "example.com/path",
    "example.com:0",
    "example.com:65536",
    "example.com:",
    "example.com:٣",
    "user@example.com",
    "-a.example",
    "a..b",
    "a b",
    "127.1",
    "2130706433",
    "0x7f000001",
    "10.0.0.0/33",
    "[::1",
    "[example.com]:80",
    "fe80::1%eth0",
    "bücher.example",
    "x" * 300,
    "example.com\x00",
    "example.com\n",
]


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_a_host_can_be_allowed(host: str):
    assert is_allowed_host(host)


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_what_names_no_host_cannot_be_allowed(host: str):
    assert not is_allowed_host(host)


@given(
    st.one_of(
        st.from_regex(r"(\*\.)?[a-z0-9.\[\]:_-]{1,20}(/[0-9]{1,3})?(:[0-9]{1,5})?", fullmatch=True),
        st.ip_addresses().map(str),
        st.sampled_from(GOOD_HOSTS),
    )
)
def test_whatever_can_be_stored_is_understood_where_it_is_enforced(entry: str):
    if is_allowed_host(entry):
        assert AllowedHosts.parse([entry]).entries


def test_hosts_are_stored_in_lower_case_and_once():
    checks = Checks()
    hosts = check_allowed_hosts(checks, [" Example.COM ", "b.test", "example.com"], ("hosts",))
    checks.settle()
    assert hosts == ["example.com", "b.test"]


def test_a_wrong_host_is_named_by_its_position():
    checks = Checks()
    check_allowed_hosts(checks, ["example.com", "no host"], ("allowed_hosts",))
    with pytest.raises(Invalid) as refused:
        checks.settle()
    assert refused.value.field == ("allowed_hosts", "1")


def test_too_many_hosts_are_refused():
    checks = Checks()
    many = [f"h{number}.test" for number in range(MAX_ALLOWED_HOSTS + 1)]
    check_allowed_hosts(checks, many, ("allowed_hosts",))
    with pytest.raises(Invalid, match="more than 200"):
        checks.settle()


@pytest.mark.parametrize("address", ["a@b", "Kim.O'Neil+x@Example.COM", "k@xn--bcher-kva.example"])
def test_a_mail_address_is_stored_in_lower_case(address: str):
    checks = Checks()
    assert check_email(checks, f" {address} ", ("email",)) == address.lower()
    checks.settle()


@pytest.mark.parametrize(
    "address", ["", "a", "@b", "a@", "a b@c", "a@b@c", "é@b", "a@é", "a@b..c", "a@b\n.c", "a@-"]
)
def test_what_is_no_mail_address_is_refused(address: str):
    checks = Checks()
    check_email(checks, address, ("email",))
    with pytest.raises(Invalid, match="not a mail address"):
        checks.settle()


def test_long_and_unicode_passwords_are_fine():
    checks = Checks()
    password = "ключ 鍵 🔑 " * 20
    assert check_new_password(checks, password, ("password",)) == password
    checks.settle()


@pytest.mark.parametrize("password", ["short", "x" * 1025, "with a NUL \x00 inside", "\ud800" * 12])
def test_impossible_passwords_are_refused(password: str):
    checks = Checks()
    check_new_password(checks, password, ("password",))
    with pytest.raises(Invalid):
        checks.settle()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Purple Team", "purple-team"),
        ("  Équipe № 1 ", "equipe-no-1"),
        ("紫", "workspace"),
        ("x" * 100, "x" * 80),
    ],
)
def test_a_slug_is_plain(name: str, slug: str):
    assert derive_slug(name) == slug
