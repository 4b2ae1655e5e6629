"""The base address of a mission: what relative addresses of its steps are joined to."""

from urllib.parse import urlsplit

from domain.shared.checks import Checks, FieldPath

ADDRESS_LENGTH = 2_000


def check_base_url(checks: Checks, value: str | None, path: FieldPath) -> str | None:
    """Return the address without white space around it; an empty one is none."""
    if value is None or not value.strip():
        return None
    address = checks.name(value, path, longest=ADDRESS_LENGTH)
    problem = _describe_problem(address)
    if problem is not None:
        checks.refuse(path, problem)
    return address


def _describe_problem(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        port_is_real = parts.port is None or parts.port > 0
    except ValueError:
        return "This is no address."
    if parts.scheme not in {"http", "https"}:
        return "This must begin with http:// or https://."
    if not parts.hostname or not port_is_real:
        return "This must name a host."
    if parts.username is not None or parts.password is not None:
        return "An address is no place for a password: declare secret parameters."
    return None
