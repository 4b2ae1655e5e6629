"""`/api/v1/audit.csv` and `/api/v1/audit.json`: the audit log as a file, however long it is."""

import csv
import io
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from api.answers import request_id_of
from domain.audit.export import ExportAudit, export_entries
from domain.audit.models import AuditEntry
from domain.audit.repository import AuditFilter
from domain.shared.actor import Actor
from domain.shared.checks import NAME_LENGTH, Checks
from domain.shared.errors import Invalid
from domain.shared.origin import Origin
from domain.shared.unit_of_work import UnitsOfWork

Authenticate = Callable[[Request], Awaitable[Actor]]
"""Finds out who asks, from the access token; raises `Unauthenticated`."""
Batches = AsyncIterator[Sequence[AuditEntry]]

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
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""
HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def audit_routes(units: UnitsOfWork, authenticate: Authenticate) -> list[Route]:
    """Both routes; query parameters filter as `auditEntries` does, with plain ids."""

    async def begin(request: Request, form: str) -> Batches:
        actor = await authenticate(request)
        address = request.client.host if request.client else ""
        device = request.headers.get("user-agent", "")
        origin = Origin.of(device, address, request_id_of(request))
        command = ExportAudit(form, read_filter(request.query_params.multi_items()))
        return await export_entries(units.seen_from(origin), actor, command)

    async def send_csv(request: Request) -> StreamingResponse:
        batches = await begin(request, "csv")
        return answer(write_csv(batches), "audit.csv", "text/csv; charset=utf-8; header=present")

    async def send_json(request: Request) -> StreamingResponse:
        batches = await begin(request, "json")
        return answer(write_json(batches), "audit.json", "application/json")

    return [Route("/api/v1/audit.csv", send_csv), Route("/api/v1/audit.json", send_json)]


def answer(body: AsyncIterator[bytes], name: str, media_type: str) -> StreamingResponse:
    """A file to be saved, sent while it is read."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body, headers=headers, media_type=media_type)


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
    """The fields as cells; objects as JSON."""
    for value in fields.values():
        if isinstance(value, dict):
            yield orjson.dumps(value).decode()
        else:
            yield "" if value is None else neutralise(str(value))


def neutralise(text: str) -> str:
    """Text that a spreadsheet shows instead of computing it, on one line."""
    plain = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text)
    begins = unicodedata.normalize("NFKC", text[:1])  # full-width signs count too
    return f"'{plain}" if begins in FORMULA_BEGINNINGS else plain


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
