"""Addresses, passwords, slugs and allowed hosts, as people type them."""

import pytest

from domain.accounts.rules import (
    MAX_ALLOWED_HOSTS,
    check_allowed_hosts,
    check_email,
    check_new_password,
    derive_slug,
)
from domain.shared.checks import Checks
from domain.shared.errors import Invalid

pytestmark = pytest.mark.unit


def test_hosts_are_stored_in_one_way_of_writing_and_once():
    checks = Checks()
    hosts = check_allowed_hosts(checks, [" Example.COM ", "b.test", "example.com."], ("hosts",))
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
