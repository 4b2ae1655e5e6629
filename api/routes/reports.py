"""`/reports/executions/{id}`: the report of a run, for members and for whoever holds its link."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.answers import retry_headers, status_of
from api.reports.build import Reports
from api.reports.render import CONTENT_SECURITY_POLICY, render_refusal
from domain.evidence.links import REPORT_SECONDS, Grant, LinkSigner, LinkVerb
from domain.shared.actor import Actor
from domain.shared.clock import Clock, SystemClock
from domain.shared.errors import DomainError, NotFound

Authenticate = Callable[[Request], Awaitable[Actor]]
"""Finds out who asks, from the access token; raises `Unauthenticated`."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


def reports_routes(
    reports: Reports,
    signer: LinkSigner,
    authenticate: Authenticate,
    clock: Clock | None = None,
) -> list[Route]:
    """The route. A link (`?link=`, from `Execution.reportUrl`) beats an access token."""
    time = clock or SystemClock()

    async def show_report(request: Request) -> HTMLResponse:
        try:
            return await find_report(request)
        except DomainError as error:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            page = render_refusal(error.message)
            return HTMLResponse(page, status_of(error), headers={**HEADERS, **retry_headers(error)})

    async def find_report(request: Request) -> HTMLResponse:
        execution_id = read_id(request.path_params["id"])
        token = request.query_params.get("link")
        if token is not None:
            grant = signer.open(token, LinkVerb.REPORT)
            require_same(grant, execution_id)
            workspace_id, expires_at = grant.workspace_id, grant.expires_at
        else:
            actor = await authenticate(request)
            actor.require("execution.read")
            actor.require("evidence.read")
            workspace_id = actor.workspace_id
            expires_at = time.now() + timedelta(seconds=REPORT_SECONDS)
        page = await reports.make_page(workspace_id, execution_id, expires_at)
        return HTMLResponse(page, headers=HEADERS)

    return [Route("/reports/executions/{id}", show_report)]


def read_id(text: str) -> UUID:
    """Raises `NotFound` when it is no id: the answer to an unknown one."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("The report") from error


def require_same(grant: Grant, execution_id: UUID) -> None:
    """A link shows the one report it was made for; any other is not there."""
    if grant.subject_id != execution_id:
        raise NotFound("The report")
