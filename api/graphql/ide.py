"""GraphiQL from our own files: no other host is asked for anything, and no script is inline."""

import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

from api.graphql.requests import JSON_TYPE, PAGE_TYPE, RESPONSE_TYPE, STREAM_TYPE, rank_accepted

FILES = Path(__file__).resolve().parent.parent / "graphiql"
MOUNT = "/graphiql"
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)


def wants_page(request: Request) -> bool:
    """Whether a browser asks for something to look at, rather than a client for data."""
    if request.method != "GET" or request.query_params.keys() & {"query", "documentId"}:
        return False
    known = (PAGE_TYPE, JSON_TYPE, RESPONSE_TYPE, STREAM_TYPE)
    accepted = rank_accepted(request.headers.get("accept", ""))
    return next((media for media in accepted if media in known), None) == PAGE_TYPE


def serve_page() -> Response:
    """The page; it loads its scripts and styles from below `/graphiql`."""
    return FileResponse(
        FILES / "index.html",
        media_type=PAGE_TYPE,
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
    )


class IdeFiles(StaticFiles):
    """Files that browsers keep, and ask each time whether they have changed."""

    def file_response(
        self,
        full_path: PathLike,
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with the file, or with "not modified"."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "no-cache"
        return response


def ide_routes() -> list[BaseRoute]:
    """The page under an address of its own, and the files it loads."""

    async def show_page(_: Request) -> Response:
        return serve_page()

    return [
        Route(MOUNT, show_page),
        Route(f"{MOUNT}/", show_page),
        Mount(MOUNT, IdeFiles(directory=FILES)),
    ]
