"""A browser process: keeps one Chromium warm and runs the jobs it is sent, one after the other.

Started as ``python -m workers.browser.child PARENT_PID EVENTS_FD``. Messages come in on standard
input, so that no secret stands in an argument or in the environment, and go out on the events
pipe: ``ready``, ``unavailable``, ``event``, ``outcome``. It has no way to the database. A message
during a job asks for its end; the worker then ends this process.
"""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Final, cast

from playwright.async_api import Error

from domain.shared.tasks import end_task
from workers.browser.channel import Message, encode_message, read_message
from workers.browser.job import BrowserEvent, BrowserJob
from workers.browser.process_tree import adopt_orphans, die_with_parent
from workers.browser.sentences import explain_start_error
from workers.browser.warm_browser import WarmBrowser

_READ_LIMIT: Final = 1024 * 1024


class Messenger:
    """The two pipes to the worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, events_fd: int) -> "Messenger":
        """Take over standard input and the events pipe."""
        # Chromium must not inherit the pipe: its end has to mean that this process ended.
        os.set_inheritable(events_fd, False)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_LIMIT)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(events_fd, "wb", buffering=0)
        )
        return cls(reader, asyncio.StreamWriter(transport, protocol, None, loop))

    async def receive(self) -> Message | None:
        """The next message, or ``None`` when the worker has closed the pipe."""
        return await read_message(self._reader)

    def send(self, message: Message) -> None:
        """Queue a message."""
        self._writer.write(encode_message(message))

    async def flush(self) -> None:
        """Wait until the worker has taken what was queued."""
        await self._writer.drain()


async def serve(messenger: Messenger) -> None:
    """Start the browser as the first message says, then run jobs until the pipe is closed."""
    first = await messenger.receive()
    if first is None:
        return
    try:
        browser = await WarmBrowser.start(
            Path(str(first["chromium"])), sandbox=first["sandbox"] is True
        )
    except Error as error:
        messenger.send({"type": "unavailable", "message": explain_start_error(error.message)})
        await messenger.flush()
        return
    gone = asyncio.create_task(browser.gone.wait())
    try:
        while not gone.done():
            messenger.send({"type": "ready", "version": browser.version})
            await messenger.flush()
            receiving = asyncio.create_task(messenger.receive())
            await asyncio.wait({receiving, gone}, return_when=asyncio.FIRST_COMPLETED)
            message = receiving.result() if receiving.done() else None
            if message is None:
                receiving.cancel()
                break
            await _run_job(browser, messenger, message)
            await browser.prepare()
    except (Error, TimeoutError) as error:
        # The browser is of no use any more; the worker sees this process end and takes another.
        sys.stderr.write(f"{error}\n")
    finally:
        gone.cancel()
        await browser.close()


async def _run_job(browser: WarmBrowser, messenger: Messenger, message: Message) -> None:
    job = BrowserJob.from_json(cast("dict[str, object]", message["job"]))

    def emit(event: BrowserEvent) -> None:
        messenger.send({"type": "event", "event": event.to_json()})

    listener = asyncio.create_task(_stop_when_told(browser, messenger))
    try:
        outcome = await browser.run(job, emit)
    finally:
        await end_task(listener)
    messenger.send({"type": "outcome", "outcome": outcome.to_json()})
    await messenger.flush()


async def _stop_when_told(browser: WarmBrowser, messenger: Messenger) -> None:
    """During a job a worker has nothing to say but to stop, or it is gone."""
    await messenger.receive()
    browser.stop_run()


async def _main(parent: int, events_fd: int) -> None:
    serving = asyncio.current_task()
    assert serving is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    die_with_parent(parent)
    adopt_orphans()
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await serve(await Messenger.open(events_fd))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
