"""What addresses, passwords, workspace names and allowed hosts must look like."""

import ipaddress
import re
import unicodedata

from domain.shared.checks import Checks, FieldPath

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 1024
"""Long enough for any sentence, short enough that nobody hashes a book."""
MAX_EMAIL_LENGTH = 320
MAX_ALLOWED_HOSTS = 200
MAX_HOST_LENGTH = 260

_EMAIL = re.compile(r"[!-?A-~]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_ONLY_DIGITS = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)


def normalise_email(address: str) -> str:
    """The form addresses are stored and looked up in."""
    return address.strip().lower()


def check_email(checks: Checks, address: str, path: FieldPath) -> str:
    """Return the normalised address; only ASCII, as databases differ in what lower case is."""
    email = normalise_email(address)
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email) or ".." in email:
        checks.refuse(path, "This is not a mail address.")
    return email


def check_new_password(checks: Checks, password: str, path: FieldPath) -> str:
    """Length is all that is asked of a password (NIST SP 800-63B, 3.1.1.2)."""
    if len(password) < MIN_PASSWORD_LENGTH:
        checks.refuse(path, f"A password has at least {MIN_PASSWORD_LENGTH} characters.")
    return checks.text(password, path, longest=MAX_PASSWORD_LENGTH)


def derive_slug(name: str) -> str:
    """The short name of a workspace in addresses: ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "workspace"


def check_allowed_hosts(checks: Checks, entries: list[str], path: FieldPath) -> list[str]:
    """Return what tests may reach, in lower case, each entry once, in the order given."""
    if len(entries) > MAX_ALLOWED_HOSTS:
        checks.refuse(path, f"There are more than {MAX_ALLOWED_HOSTS} hosts.")
        return []
    hosts = [entry.strip().lower() for entry in entries]
    for position, host in enumerate(hosts):
        if not is_allowed_host(host):
            checks.refuse(
                (*path, str(position)),
                "Write a host, host:port, *.domain, an address or a network such as 10.0.0.0/8.",
            )
    return list(dict.fromkeys(hosts))


def is_allowed_host(entry: str) -> bool:
    """Whether a lower-case entry is `host`, `host:port`, `*.domain`, an address or a network."""
    if len(entry) > MAX_HOST_LENGTH or not entry.isascii():
        return False
    if "/" in entry:
        return _is_network(entry)
    host, port = _split_port(entry)
    if port is not None and not (_PORT.fullmatch(port) and int(port) < 65_536):
        return False
    if host.startswith("*."):
        return "." in host[2:] and _is_name(host[2:])
    return _is_address(host) or _is_name(host)


def _split_port(entry: str) -> tuple[str, str | None]:
    """`[::1]:80` loses its brackets; a bare IPv6 address has no port."""
    if entry.startswith("["):
        host, closed, rest = entry[1:].partition("]")
        is_bracketed = closed and ":" in host and (not rest or rest.startswith(":"))
        return (host, rest[1:] if rest else None) if is_bracketed else ("", None)
    if entry.count(":") > 1:
        return entry, None
    host, colon, port = entry.partition(":")
    return host, port if colon else None


def _is_network(entry: str) -> bool:
    try:
        ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
    return True


def _is_address(host: str) -> bool:
    try:
        return "%" not in host and ipaddress.ip_address(host) is not None
    except ValueError:
        return False


def _is_name(host: str) -> bool:
    """A DNS name; one of numbers alone would be read as an address written in another way."""
    labels = host.split(".")
    named = len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return named and not _ONLY_DIGITS.fullmatch(labels[-1])
