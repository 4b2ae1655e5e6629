"""`/.well-known/jwks.json`: the public keys that verify access tokens."""

import hashlib

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.accounts.keys import JWKS_CACHE_SECONDS, SigningKeySource


def jwks_routes(keys: SigningKeySource) -> list[Route]:
    """The route; caches ask again after a while, and get 304 unless the keys were rotated."""

    async def publish_keys(request: Request) -> Response:
        body = orjson.dumps(keys.jwks)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"Cache-Control": f"public, max-age={JWKS_CACHE_SECONDS}", "ETag": tag}
        known = request.headers.get("if-none-match", "")
        if any(one.strip().removeprefix("W/") in (tag, "*") for one in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json")

    return [Route("/.well-known/jwks.json", publish_keys)]
