"""`/healthz` says that the process lives, `/readyz` that it can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.readiness import Stores

RETRY_AFTER_SECONDS = "2"


def health_routes(stores: Stores) -> list[Route]:
    """The routes."""

    async def is_alive(_: Request) -> JSONResponse:
        return JSONResponse({"alive": True})

    async def is_ready(_: Request) -> JSONResponse:
        missing = await stores.find_missing()
        if missing:
            body = {"ready": False, "missing": missing}
            return JSONResponse(body, 503, {"Retry-After": RETRY_AFTER_SECONDS})
        return JSONResponse({"ready": True, "missing": []})

    return [Route("/healthz", is_alive), Route("/readyz", is_ready)]
