"""`/api/v1/audit.csv` and `/api/v1/audit.json`: the audit log as a file, however long it is."""

from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from api.answers import request_id_of
from api.audit_files import read_filter, write_csv, write_json
from domain.audit.export import Batches, ExportAudit, export_entries
from domain.shared.actor import Actor
from domain.shared.origin import Origin
from domain.shared.unit_of_work import UnitsOfWork

Authenticate = Callable[[Request], Awaitable[Actor]]
"""Finds out who asks, from the access token; raises `Unauthenticated`."""

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
