"""The list of hosts that a workspace allows: names, ports, domains, networks and disguises."""

import ipaddress

import pytest

from domain.shared.hosts import (
    AllowedHosts,
    InvalidHostError,
    is_public,
    normalise_host,
    parse_address,
    parse_host_entry,
    unwrap_address,
)

pytestmark = pytest.mark.unit


def allowed(*entries: str) -> AllowedHosts:
    return AllowedHosts.parse(entries)


@pytest.mark.parametrize(
    ("entry", "host", "port"),
    [
        ("example.com", "example.com", 443),
        ("example.com", "EXAMPLE.com.", 80),
        ("example.com:8443", "example.com", 8443),
        ("*.example.com", "a.b.example.com", 443),
        ("*.example.com:81", "a.example.com", 81),
        ("bücher.example", "xn--bcher-kva.example", 443),
        ("127.0.0.1", "127.0.0.1", 8000),
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("127.0.0.1", "2130706433", 80),
        ("10.0.0.0/8", "10.9.8.7", 80),
        ("[::1]:80", "[::1]", 80),
        ("::1", "::1", 80),
        ("localhost", "localhost", 80),
        ("localhost", "127.0.0.1", 80),
        ("8.8.8.8", "8.8.8.8", 53),
    ],
)
def test_a_listed_host_is_allowed(entry: str, host: str, port: int) -> None:
    assert allowed(entry).refuse_host(host, port) is None


@pytest.mark.parametrize(
    ("entry", "host", "port", "reason"),
    [
        ("example.com", "example.org", 443, "host example.org is not allowed in this workspace"),
        ("example.com", "a.example.com", 443, "host a.example.com is not allowed"),
        ("example.com", "badexample.com", 443, "host badexample.com is not allowed"),
        ("*.example.com", "example.com", 443, "host example.com is not allowed"),
        ("example.com:443", "example.com", 80, "host example.com:80 is not allowed"),
        ("127.0.0.1:8000", "127.0.0.1", 8001, "host 127.0.0.1:8001 is not allowed"),
        ("127.0.0.1", "127.0.0.2", 80, "host 127.0.0.2 is not allowed"),
        ("127.0.0.1", "::1", 8000, "run metamorph workspace allow-host [::1]:8000"),
        ("*.example.com", "127.0.0.1", 80, "host 127.0.0.1 is not allowed"),
        ("example.com", "a b", 80, "it is not a host name"),
    ],
)
def test_any_other_host_is_refused_with_a_sentence(
    entry: str, host: str, port: int, reason: str
) -> None:
    assert reason in str(allowed(entry).refuse_host(host, port))


@pytest.mark.parametrize(
    "disguise",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "[::ffff:127.0.0.1]",
        "::ffff:7f00:1",
        "[64:ff9b::7f00:1]",
        "2002:7f00:1::",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "[fe80::1%25eth0]",
        "fd00::1",
        "10.0.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_case_56_no_spelling_of_an_inner_address_gets_by(disguise: str) -> None:
    name = normalise_host(disguise)
    assert name is not None
    address = parse_address(name)
    assert address is not None
    assert not is_public(unwrap_address(address))
    listed = allowed("example.com", "*.example.com", "8.8.8.8")
    assert listed.refuse_host(disguise, 80) is not None
    assert listed.refuse_address("example.com", 80, address) is not None


def test_a_listed_name_reaches_public_addresses_only() -> None:
    listed = allowed("app.corp", "localhost")
    public = ipaddress.ip_address("93.184.215.14")
    inner = ipaddress.ip_address("10.0.3.7")
    assert listed.refuse_address("app.corp", 80, public) is None
    assert listed.refuse_address("app.corp", 80, inner) == (
        "host app.corp is not allowed in this workspace: "
        "it resolves to 10.0.3.7, which is not a public address and is not listed"
    )
    assert allowed("app.corp", "10.0.0.0/8").refuse_address("app.corp", 80, inner) is None


def test_localhost_reaches_loopback_and_nothing_else_inside() -> None:
    listed = allowed("localhost")
    assert listed.refuse_address("localhost", 80, ipaddress.ip_address("127.0.0.1")) is None
    assert listed.refuse_address("localhost", 80, ipaddress.ip_address("::1")) is None
    assert listed.refuse_address("localhost", 80, ipaddress.ip_address("10.0.0.1")) is not None


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*",
        "*.",
        "*.com",
        "*.com:x",
        "*.1.2.3.4",
        "a*.example.com",
        "a b",
        "a..b",
        "-a.example",
        "http://a.b",
        "example.com/path",
        "user@example.com",
        "example.com\x00",
        "a:",
        "a:0",
        "a:70000",
        "a:٣",
        "10.0.0.0/99",
        "[::1",
        "[example.com]:80",
        "fe80::1%eth0",
        "x" * 300,
    ],
)
def test_an_entry_that_names_no_host_is_refused(entry: str) -> None:
    with pytest.raises(InvalidHostError):
        parse_host_entry(entry)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (" Example.COM. ", "example.com"),
        ("bücher.example:8443", "xn--bcher-kva.example:8443"),
        ("*.Example.com:81", "*.example.com:81"),
        ("app_1.internal", "app_1.internal"),
        ("127.1", "127.0.0.1"),
        ("0x7f000001:80", "127.0.0.1:80"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("FD00::/8", "fd00::/8"),
        ("[::1]", "::1"),
        ("[0:0::1]:8000", "[::1]:8000"),
        ("::ffff:10.0.0.5", "10.0.0.5"),
    ],
)
def test_an_entry_has_one_way_of_being_written(entry: str, text: str) -> None:
    assert parse_host_entry(entry).text == text
    assert parse_host_entry(text) == parse_host_entry(entry)
