"""A load over HTTP/1.1 keep-alive connections to one local port, bounded in count."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.servers import percentile


@dataclass(frozen=True)
class Load:
    """Requests per second, and the 95th percentile of a request in milliseconds."""

    rate: float
    p95: float
    bytes: int

    @classmethod
    def median(cls, loads: Sequence["Load"]) -> "Load":
        """What is in the middle of several, each number for itself."""
        rate, p95 = median(load.rate for load in loads), median(load.p95 for load in loads)
        return cls(rate, p95, loads[0].bytes)


async def press(
    port: int, path: str, body: bytes, token: str, *, count: int, clients: int, seconds: float
) -> Load:
    """Send equal requests over some connections.

    Args:
        port: Of the server.
        path: Of its route.
        body: Of each request.
        token: Says who asks.
        count: How many requests there are at most.
        clients: How many connections.
        seconds: After which no more requests are sent.

    Raises:
        RuntimeError: an answer was not 200.
    """
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    message = head.encode() + body
    times: list[float] = []
    size = 0
    left = count

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left, size
        while left > 0 and time.perf_counter() < end:
            left -= 1
            begin = time.perf_counter()
            writer.write(message)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            received = await reader.readexactly(length)
            times.append((time.perf_counter() - begin) * 1000)
            if b" 200 " not in answer[:20] or b'"errors"' in received[:20]:
                raise RuntimeError(f"{path}: {answer[:60]!r} {received[:300]!r}")
            size = length
        writer.close()

    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]
    start = time.perf_counter()
    end = start + seconds
    await asyncio.gather(*(work(*stream) for stream in streams))
    return Load(len(times) / (time.perf_counter() - start), percentile(sorted(times), 0.95), size)
