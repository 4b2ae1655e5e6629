"""`/api/v1/diag/db`: which schema the database is at."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.routes.health import RETRY_AFTER_SECONDS
from domain.shared.database import Database
from domain.shared.errors import Unavailable
from domain.shared.repository import read_schema_state


def diag_routes(database: Database) -> list[Route]:
    """The route."""

    async def describe_database(_: Request) -> JSONResponse:
        try:
            state = await read_schema_state(database)
        except Unavailable:
            return JSONResponse({"reachable": False}, 503, {"Retry-After": RETRY_AFTER_SECONDS})
        return JSONResponse(
            {
                "reachable": True,
                "alembic_revision": state.revision or None,
                "table_count": state.table_count,
            }
        )

    return [Route("/api/v1/diag/db", describe_database)]
