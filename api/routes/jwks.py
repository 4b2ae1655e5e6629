"""`/.well-known/jwks.json`: the public keys that verify access tokens."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from domain.accounts.keys import SigningKeys

CACHE_SECONDS = 300


def jwks_routes(keys: SigningKeys) -> list[Route]:
    """The route."""
    caching = {"Cache-Control": f"public, max-age={CACHE_SECONDS}"}

    async def publish_keys(_: Request) -> JSONResponse:
        return JSONResponse(keys.jwks, headers=caching)

    return [Route("/.well-known/jwks.json", publish_keys)]
