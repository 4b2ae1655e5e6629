"""What addresses, passwords, workspace names, allowed hosts and weights must look like."""

import re
import unicodedata
from collections.abc import Mapping
from uuid import UUID

from domain.shared.checks import Checks, FieldPath, is_encodable
from domain.shared.hosts import InvalidHostError, parse_host_entry

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 1024
"""Long enough for any sentence, short enough that nobody hashes a book."""
MAX_EMAIL_LENGTH = 320
MAX_ALLOWED_HOSTS = 200
ELEMENT_LAYERS = ("structural", "visual", "behavioural", "context")
MAX_LAYER_WEIGHT = 100

_ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII
)
"""Without quotes, comments and lists (RFC 5322, 3.2.3): a header with it names one mailbox."""


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
    """Length is all that is asked of a password (NIST SP 800-63B, 3.1.1.2).

    An accent that stands for itself is no character more than one on a letter.
    """
    if len(unicodedata.normalize("NFC", password)) < MIN_PASSWORD_LENGTH:
        checks.refuse(path, f"A password has at least {MIN_PASSWORD_LENGTH} characters.")
    return checks.text(password, path, longest=MAX_PASSWORD_LENGTH)


def storable_password(password: str) -> str:
    """The password, or one nobody can have where it is too long or not text."""
    is_possible = len(password) <= MAX_PASSWORD_LENGTH and is_encodable(password)
    return password if is_possible else ""


def derive_slug(name: str) -> str:
    """The short name of a workspace in addresses: ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "workspace"


def vary_slug(slug: str, identity: UUID) -> str:
    """Another short name, made different by the end of an id."""
    return f"{slug[:67].rstrip('-')}-{identity.hex[-12:]}"


def check_allowed_hosts(checks: Checks, entries: list[str], path: FieldPath) -> list[str]:
    """Return what tests may reach, in lower case, each entry once, in the order given."""
    if len(entries) > MAX_ALLOWED_HOSTS:
        checks.refuse(path, f"There are more than {MAX_ALLOWED_HOSTS} hosts.")
        return []
    hosts: dict[str, None] = {}
    for position, entry in enumerate(entries):
        try:
            hosts[parse_host_entry(entry).text] = None
        except InvalidHostError as error:
            checks.refuse(
                (*path, str(position)),
                f"{error}; write a host, host:port, *.domain, an address or a network such as "
                "10.0.0.0/8.",
            )
    return list(hosts)


def check_element_layers(
    checks: Checks, weights: Mapping[str, float], path: FieldPath
) -> dict[str, object]:
    """Return weights of layers of the element cache; what is not named keeps the product's own."""
    for name, weight in weights.items():
        if name not in ELEMENT_LAYERS:
            checks.refuse((*path, name), "There is no such layer.")
        elif not 0 <= weight <= MAX_LAYER_WEIGHT:
            checks.refuse((*path, name), f"A weight is a number from 0 to {MAX_LAYER_WEIGHT}.")
    if weights.keys() >= set(ELEMENT_LAYERS) and not any(weights.values()):
        checks.refuse(path, "One of the layers has to count.")
    return dict(weights)
