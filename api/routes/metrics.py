"""`/metrics`: counts for Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.metrics import Metrics


def metrics_routes(metrics: Metrics) -> list[Route]:
    """The route."""

    async def show_metrics(_: Request) -> Response:
        return Response(metrics.write(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", show_metrics)]
