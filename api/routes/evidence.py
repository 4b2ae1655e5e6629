"""`/api/v1/evidence/{token}`: the bytes of evidence, in and out, for whoever holds a signed link."""

import asyncio
import os
from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.answers import answer_error, request_id_of
from domain.evidence.errors import EvidenceTooLarge
from domain.evidence.links import LinkSigner, LinkVerb
from domain.evidence.read import OpenedFile, open_file
from domain.evidence.rules import UPLOAD_SECONDS, EvidenceLimits
from domain.evidence.storage import EvidenceStorage
from domain.evidence.upload import receive_upload
from domain.shared.database import Database
from domain.shared.errors import NotFound

PATH = "/api/v1/evidence/{token}"
PATH_WITHOUT_TOKEN = "/api/v1/evidence/-"  # noqa: S105 - what logs may show instead of one
METHODS = "GET, HEAD, PUT"
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
CACHE_SECONDS = 300


def evidence_routes(
    database: Database,
    storage: EvidenceStorage,
    signer: LinkSigner,
    limits: EvidenceLimits | None = None,
) -> list[Route]:
    """The route. A token is all it takes, so the link itself is what must be kept secret."""
    transfer = EvidenceTransfer(database, storage, signer, limits or EvidenceLimits())
    return [Route(PATH, transfer)]


class EvidenceTransfer:
    """Sends and receives the bytes a token stands for."""

    def __init__(
        self,
        database: Database,
        storage: EvidenceStorage,
        signer: LinkSigner,
        limits: EvidenceLimits,
    ) -> None:
        self._database = database
        self._storage = storage
        self._signer = signer
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        token = str(request.path_params["token"])
        # A path goes into logs, a token must not, whatever becomes of the request.
        scope["path"] = scope["root_path"] + PATH_WITHOUT_TOKEN
        scope["raw_path"] = PATH_WITHOUT_TOKEN.encode()
        if request.method == "PUT":
            response = await self._receive(request, token)
        elif request.method in ("GET", "HEAD"):
            response = await self._send(token)
        else:
            raise HTTPException(405, headers={"Allow": METHODS})
        await response(scope, receive, send)

    async def _receive(self, request: Request, token: str) -> Response:
        grant = self._signer.open(token, LinkVerb.UPLOAD)
        try:
            self._refuse_announced(request)
            async with asyncio.timeout(UPLOAD_SECONDS):
                await receive_upload(self._database, self._storage, grant, read_body(request))
        except EvidenceTooLarge as error:
            # The rest of the body is still to come; nobody wants it.
            return answer_error(
                request_id_of(request), 413, "TOO_LARGE", error.message, {"Connection": "close"}
            )
        except TimeoutError as error:
            raise HTTPException(408, headers={"Connection": "close"}) from error
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(status_code=204)

    def _refuse_announced(self, request: Request) -> None:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._limits.file_bytes:
            raise EvidenceTooLarge(f"A file may have at most {self._limits.file_bytes} bytes.")

    async def _send(self, token: str) -> Response:
        grant = self._signer.open(token, LinkVerb.DOWNLOAD)
        opened = await open_file(self._database, self._storage, grant)
        try:
            about = await asyncio.to_thread(os.stat, opened.path)
        except FileNotFoundError as error:
            raise NotFound("The evidence") from error
        return FileResponse(
            opened.path,
            headers={
                "Content-Disposition": describe_disposition(opened),
                "Content-Security-Policy": POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": f"private, max-age={CACHE_SECONDS}",
            },
            media_type=opened.file.content_type,
            stat_result=about,
        )


async def read_body(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives.

    Raises:
        ClientDisconnect: the client went away before its end.
    """
    async for chunk in request.stream():
        yield chunk


def describe_disposition(opened: OpenedFile) -> str:
    """Say whether to show or to save, and under which name (RFC 6266, RFC 8187)."""
    name = opened.file.name
    ascii_name = "".join(one if one.isascii() and one not in '"\\%' else "_" for one in name)
    kind = "inline" if opened.is_inline else "attachment"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
