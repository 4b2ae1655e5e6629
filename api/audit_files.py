"""The audit log as a file: CSV that no spreadsheet computes, or JSON that can be verified."""

import csv
import io
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson

from domain.audit.export import Batches
from domain.audit.models import AuditEntry
from domain.audit.repository import AuditFilter
from domain.shared.checks import NAME_LENGTH, Checks
from domain.shared.errors import Invalid

FIELDS = (
    "seq",
    "at",
    "action",
    "actor_id",
    "actor_name",
    "via",
    "session_id",
    "entity_type",
    "entity_id",
    "entity_label",
    "before",
    "after",
    "address",
    "device",
    "request_id",
    "hash",
)
PARAMETERS = frozenset(
    {"actor_id", "action", "entity_type", "entity_id", "since", "until", "search"}
)
_SIGNS = "=+@\\-\uff1d\uff0b\uff20\uff0d\u2212\ufe66\ufe62\ufe6b\ufe63"
"""What a formula begins with, full-width and small signs too (OWASP, CSV injection)."""
_FORMULA = re.compile(rf'(^|[;|])([\s"]*)(?=[{_SIGNS}])')
"""A sign where a cell begins: where ours does, and where one would for whoever takes another
separator than the comma, for which the quotes around a cell mean nothing in the middle of a line.
No tab is left to separate anything."""
_BREAKS = frozenset({"Cc", "Zl", "Zp"})


async def write_csv(batches: Batches) -> AsyncIterator[bytes]:
    """RFC 4180, with a header; no cell is a formula, and none holds a control character."""
    yield write_rows([FIELDS])
    async for batch in batches:
        yield write_rows([write_cells(describe(entry)) for entry in batch])


async def write_json(batches: Batches) -> AsyncIterator[bytes]:
    """A list of objects, one a line; `record` is the text that was hashed, to be verified."""
    separator = b"[\n"
    async for batch in batches:
        for entry in batch:
            yield separator + orjson.dumps({**describe(entry), "record": entry.record})
            separator = b",\n"
    yield b"\n]\n" if separator == b",\n" else b"[]\n"


def describe(entry: AuditEntry) -> dict[str, object]:
    """An entry with the names of `FIELDS`; what it does not say is null."""
    record = orjson.loads(entry.record)
    known = {"seq": entry.seq, "at": entry.at.isoformat(), "hash": entry.hash.hex()}
    return {name: known.get(name, record.get(name)) for name in FIELDS}


def write_cells(fields: Mapping[str, object]) -> Iterator[str]:
    """The fields as cells; objects as JSON, which stays JSON."""
    for value in fields.values():
        if isinstance(value, dict):
            yield neutralise(orjson.dumps(value).decode())
        else:
            yield "" if value is None else neutralise(str(value))


def neutralise(text: str) -> str:
    """Text on one line that a spreadsheet shows instead of computing it, whatever its separator."""
    plain = "".join(" " if unicodedata.category(one) in _BREAKS else one for one in text)
    return _FORMULA.sub(r"\1\2'", plain)


def write_rows(rows: Sequence[Sequence[str] | Iterator[str]]) -> bytes:
    """Lines that end with CRLF, quoted where needed."""
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return lines.getvalue().encode()


def read_filter(given: Sequence[tuple[str, str]]) -> AuditFilter:
    """The filter in a query string.

    Raises:
        Invalid: a parameter that there is not, that comes twice, or that is no id or time.
    """
    named = dict(given)
    checks = Checks()
    for name in named.keys() - PARAMETERS:
        raise Invalid(f"There is no parameter {name[:NAME_LENGTH]!r}.")
    if len(named) != len(given):
        raise Invalid("Give every parameter once.")
    for name, value in named.items():
        checks.text(value, (name,), longest=NAME_LENGTH)
    checks.settle()
    return AuditFilter(
        actor_id=read_id(named, "actor_id"),
        action=named.get("action"),
        entity_type=named.get("entity_type"),
        entity_id=read_id(named, "entity_id"),
        since=read_moment(named, "since"),
        until=read_moment(named, "until"),
        search=named.get("search"),
    )


def read_id(named: Mapping[str, str], name: str) -> UUID | None:
    """A plain id, as exports write it."""
    try:
        return UUID(named[name]) if name in named else None
    except ValueError as error:
        raise Invalid(f"{name} is no id.", field=(name,)) from error


def read_moment(named: Mapping[str, str], name: str) -> datetime | None:
    """A moment with its zone."""
    if name not in named:
        return None
    try:
        moment = datetime.fromisoformat(named[name])
        if moment.tzinfo is None:
            raise Invalid(f"{name} needs its zone, such as Z.", field=(name,))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{name} is written as 2025-01-31T12:00:00Z.", field=(name,)) from error
