"""`/metrics`: counts for Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.metrics import Metrics
from domain.executions.reading.repository import count_at_work
from domain.shared.database import Database
from domain.shared.errors import Unavailable


def metrics_routes(metrics: Metrics, engine: Database) -> list[Route]:
    """The route.

    Args:
        metrics: What this process counted itself.
        engine: Of the engine's role, which sees what runs in all workspaces.
    """

    async def show_metrics(_: Request) -> Response:
        await note_executions(metrics, engine)
        return Response(metrics.write(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", show_metrics)]


async def note_executions(metrics: Metrics, engine: Database) -> None:
    """Ask the database what runs; without one there is no number rather than an old one."""
    metrics.executions.clear()
    try:
        async with engine.session() as session:
            counted = await count_at_work(session)
    except Unavailable:
        return
    for status, number in counted.items():
        metrics.executions.labels(status.value).set(number)
