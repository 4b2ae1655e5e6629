"""A browser process as its worker sees it: started, spoken to, and killed with all it started."""

import asyncio
import contextlib
import os
import shutil
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, cast

import workers
from workers.browser.channel import BrokenChannelError, encode_message, read_message
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome
from workers.browser.process_tree import ProcessTree
from workers.browser.seen import Seen
from workers.browser.uninterrupted import finish

OnEvent = Callable[[BrowserEvent], Awaitable[None]]

_READ_LIMIT: Final = 1024 * 1024
_KEPT_LINES: Final = 40
_END_SECONDS: Final = 1.0
_LAST_WORDS_SECONDS: Final = 4.0
# Nothing else of the worker's environment reaches a browser: it may hold secrets.
_PASSED_ON: Final = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LANGUAGE",
    "TZ",
    "LD_LIBRARY_PATH",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "PLAYWRIGHT_BROWSERS_PATH",
    "PLAYWRIGHT_NODEJS_PATH",
)


class BrowserUnavailableError(Exception):
    """No browser could be started; the message says what to do."""


class BrowserLostError(Exception):
    """The browser process ended without an outcome.

    Attributes:
        begun: Whether the run had begun, so that its effects may have happened.
        last_lines: What it wrote to its standard error, such as a traceback.
    """

    def __init__(self, message: str, *, begun: bool, last_lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.begun = begun
        self.last_lines = tuple(last_lines)


@dataclass(slots=True, eq=False)
class BrowserProcess:
    """One browser process with everything below it."""

    process: asyncio.subprocess.Process
    tree: ProcessTree
    directory: Path
    _messages: asyncio.StreamReader
    _messages_transport: asyncio.BaseTransport
    _stderr: asyncio.Task[None]
    runs: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))

    @classmethod
    async def start(
        cls, directory: Path, chromium: Path, *, sandbox: bool, timeout_s: float
    ) -> Self:
        """Start a process with a private directory and wait until its browser is warm.

        Raises:
            BrowserUnavailableError: The browser does not start; nothing is left of it.
        """
        # Pipes and processes that are half made when a task is cancelled would be lost.
        browser, cancelled = await finish(cls._spawn(directory))
        try:
            if cancelled:
                raise asyncio.CancelledError
            browser._send({"chromium": str(chromium), "sandbox": sandbox})
            async with asyncio.timeout(timeout_s):
                await browser.wait_until_ready()
        except TimeoutError:
            await finish(browser.destroy(0))
            raise BrowserUnavailableError(
                f"Chromium did not start within {timeout_s:g} s; the machine may be overloaded."
            ) from None
        except BaseException:
            await finish(browser.destroy(0))
            raise
        # Learns the sessions of the tree while everything is alive.
        browser.tree.list_alive()
        return browser

    @classmethod
    async def _spawn(cls, directory: Path) -> Self:
        read_end, write_end = os.pipe()
        reader = asyncio.StreamReader(limit=_READ_LIMIT)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
        )
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "workers.browser.child",
                str(os.getpid()),
                str(write_end),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(write_end,),
                env=_make_environment(directory),
                cwd=directory,
                start_new_session=True,
            )
        except BaseException:
            transport.close()
            raise
        finally:
            os.close(write_end)
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        assert process.stderr is not None
        return cls(
            process,
            ProcessTree(str(directory), process.pid),
            directory,
            reader,
            transport,
            asyncio.create_task(_keep_lines(process.stderr, lines)),
            last_lines=lines,
        )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.returncode is None

    async def wait_until_ready(self) -> None:
        """Wait until the process can take a job.

        Raises:
            BrowserUnavailableError: It never will.
        """
        message = await self._receive()
        if message is None:
            end = await self._describe_end()
            raise BrowserUnavailableError(f"The browser process ended: {end}")
        if message["type"] != "ready":
            raise BrowserUnavailableError(str(message.get("message", "The browser is unusable.")))

    async def run(self, job: BrowserJob, on_event: OnEvent, seen: Seen) -> BrowserOutcome:
        """Send a job, pass its events on, return its outcome.

        When the caller is cancelled the browser is asked to stop, and may tell for a moment what
        it has seen; afterwards the process is of no more use.

        Args:
            seen: Gathers files and decisions as they come.

        Raises:
            BrowserLostError: The process ended before the outcome.
        """
        following = asyncio.create_task(self._follow(job, on_event, seen))
        try:
            return await asyncio.shield(following)
        except asyncio.CancelledError:
            with contextlib.suppress(ConnectionError):
                self._send({"type": "stop"})
            await finish(asyncio.wait([following], timeout=_LAST_WORDS_SECONDS))
            if following.done() and not following.cancelled():
                following.exception()  # heard of: the run is over however it went
            following.cancel()
            raise

    async def _follow(self, job: BrowserJob, on_event: OnEvent, seen: Seen) -> BrowserOutcome:
        self.runs += 1
        begun = False
        with contextlib.suppress(ConnectionError):
            self._send({"type": "job", "job": job.to_json()})
        while True:
            message = await self._receive()
            if message is None:
                reason = f"The browser process ended during the run: {await self._describe_end()}"
                raise BrowserLostError(reason, begun=begun, last_lines=self.last_lines)
            begun = True
            if message["type"] == "outcome":
                outcome = BrowserOutcome.from_json(cast("dict[str, object]", message["outcome"]))
                return seen.complete(outcome)
            event = BrowserEvent.from_json(cast("dict[str, object]", message["event"]))
            seen.add(event)
            await on_event(event)

    async def destroy(self, grace_s: float) -> None:
        """End the whole tree: TERM, grace, KILL; returns when nothing of it is left."""
        await self.tree.kill(grace_s)
        await self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._messages_transport.close()
        await self._stderr
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)

    def _send(self, message: dict[str, object]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(encode_message(message))

    async def _receive(self) -> dict[str, object] | None:
        try:
            return await read_message(self._messages)
        except BrokenChannelError:
            # Whatever this is, it does not speak as it should any more: as good as dead.
            return None

    async def _describe_end(self) -> str:
        # The pipe is closed a moment before the kernel says how the process ended.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                await self.process.wait()
        code = self.process.returncode
        if code is not None and code < 0:
            return f"it was killed by signal {-code}."
        return self.last_lines[-1] if self.last_lines else "it gave no reason."


def find_import_root() -> str:
    """The directory that a process has to import this package from."""
    return str(Path(workers.__file__).resolve().parents[1])


def _make_environment(directory: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {
        "PYTHONPATH": find_import_root(),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(directory),
        # Chromium's crash handler would otherwise write into the home directory.
        "XDG_CONFIG_HOME": str(directory),
    }


async def _keep_lines(reader: asyncio.StreamReader, lines: deque[str]) -> None:
    """Read standard error to its end, so that nobody blocks on it, and keep the last lines."""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            lines.extend(line for line in chunk.decode(errors="replace").splitlines() if line)
