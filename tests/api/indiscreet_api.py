"""A `metamorph` whose API breaks everywhere, with all it was told in the message of the error."""

import logging
from collections.abc import Iterator

import structlog
from graphql import GraphQLResolveInfo
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

HARMLESS = ("/readyz", "/graphql")


class Indiscreet(RuntimeError):
    """Tells everything."""


def list_texts(value: object) -> Iterator[str]:
    """Every text a client sent, as it is."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from list_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from list_texts(inner)
    elif isinstance(value, str):
        yield value


def break_resolver(_: object, info: GraphQLResolveInfo, **arguments: object) -> None:
    source = info.operation.loc.source.body if info.operation.loc else ""
    texts = " ".join(list_texts(arguments))
    structlog.get_logger().warning(f"told {texts}", name=texts, **{"about": arguments})
    logging.getLogger("indiscreet").warning("told %s", texts)
    told = f"{arguments!r} {arguments} {info.variable_values!r} {source} {info.context!r}"
    raise Indiscreet(f"{texts} {told}")


async def break_route(scope: Scope, _receive: Receive, send: Send) -> None:
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    if headers.get("x-break") == "late":
        await send({"type": "http.response.start", "status": 200, "headers": []})
    raise Indiscreet(f"{scope!r} {headers} {scope['path']} {scope['query_string'].decode()}")


def break_everything(app: Starlette) -> Starlette:
    from graph.schema import schema

    built = schema._schema
    for root in (built.query_type, built.mutation_type, built.subscription_type):
        for field in root.fields.values() if root else ():
            field.resolve = field.subscribe = break_resolver
    for route in app.routes:
        if isinstance(route, Route) and route.path not in HARMLESS:
            route.app = break_route
    return app


def run() -> None:
    from api import app
    from api.cli import main as command_line

    whole = app.create_app
    app.create_app = lambda *given: break_everything(whole(*given))
    command_line.run()
