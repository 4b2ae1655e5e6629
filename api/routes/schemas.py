"""`/api/v1/schemas/steps.json`: the JSON Schema of a browser test's steps, for editors and tools."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from domain.templates.steps import load_steps_schema

PATH = "/api/v1/schemas/steps.json"
CACHE = "public, max-age=3600"


class SchemaResponse(JSONResponse):
    """JSON Schema has a media type of its own (draft 2020-12, section 14)."""

    media_type = "application/schema+json"


def schemas_routes(base_url: str) -> list[Route]:
    """The route; the schema names the address that it is fetched from.

    Args:
        base_url: Where this installation is reached.
    """
    schema = {**load_steps_schema(), "$id": base_url + PATH}

    async def describe_steps(_: Request) -> JSONResponse:
        return SchemaResponse(schema, headers={"Cache-Control": CACHE})

    return [Route(PATH, describe_steps)]
