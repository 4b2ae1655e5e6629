"""What `/metrics` counts; one registry per application, so that two in a process do not mix."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

DURATION_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Requests, sockets and subscriptions of this process.

    `operation` is a route's pattern, or what a GraphQL request was named after by the server;
    neither is a text of the client's, who could otherwise fill the memory with names.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "metamorph_requests",
            "Requests answered.",
            ["operation", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "metamorph_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["operation"],
            buckets=DURATION_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self.sockets = Gauge(
            "metamorph_sockets_open", "WebSockets that are open.", registry=self.registry
        )
        self.executions = Gauge(
            "metamorph_executions",
            "Executions that wait for a worker or have one, by status.",
            ["status"],
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """Add a number that is read whenever it is asked for."""
        Gauge(name, meaning, registry=self.registry).set_function(read)

    def write(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self.registry)
