"""A load over HTTP/1.1 keep-alive connections to one local port, bounded in count."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.servers import percentile


@dataclass(frozen=True)
class Load:
    """Requests per second, and the 95th percentile of a request in milliseconds."""

    rate: float
    p95: float
    bytes: int


async def press(port: int, path: str, body: bytes, token: str, *, count: int, clients: int) -> Load:
    """Send `count` equal requests over `clients` connections.

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

    async def work() -> None:
        nonlocal left, size
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left > 0:
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

    begin = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(clients)))
    seconds = time.perf_counter() - begin
    return Load(count / seconds, percentile(sorted(times), 0.95), size)
