"""The trace and the video of a run: started when the policy may want them, kept when it does."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Error

from workers.browser.capture import Capture
from workers.browser.job import BrowserJob, EvidencePolicy
from workers.browser.masking import SecretMask
from workers.browser.trace import mask_trace

_STOP_SECONDS: Final = 20.0


class Recording:
    """What Playwright records about one context.

    Pictures of the page (``screenshots``) are never part of a trace: secrets could be read in
    them. Snapshots of its structure cost a quarter of a run's time, so they are made only where
    the policy is ``always``; a trace that is kept on failure holds calls, network and console.
    """

    def __init__(
        self, job: BrowserJob, context: BrowserContext, mask: SecretMask, capture: Capture
    ) -> None:
        self._job = job
        self._context = context
        self._mask = mask
        self._capture = capture

    async def start(self) -> None:
        """Start what the policy may want to keep."""
        if self._job.trace != "never":
            await self._context.tracing.start(
                snapshots=self._job.trace == "always", screenshots=False, sources=False
            )

    async def keep_trace(self, *, failed: bool) -> None:
        """Keep the trace if the policy wants it; if not, it ends with its context."""
        if not _wants(self._job.trace, failed):
            return
        path = self._job.evidence_dir / "trace.zip"
        # What is not masked yet lies where it is removed whatever happens.
        raw = path if self._mask.is_empty else Path(tempfile.gettempdir(), "trace.raw.zip")
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._context.tracing.stop(path=raw)
            if raw != path:
                await asyncio.to_thread(mask_trace, raw, path, self._mask)
        except (Error, TimeoutError) as error:
            self._capture.note(f"[warning] The trace could not be written: {error}")
            return
        finally:
            if raw != path:
                raw.unlink(missing_ok=True)
        self._capture.add(path, "trace", "application/zip", "trace")

    def keep_video(self, recorded: Path, *, failed: bool) -> None:
        """Move the video of the first page to the evidence; the context must be closed."""
        if recorded.is_file() and _wants(self._job.video, failed):
            path = self._job.evidence_dir / "video.webm"
            shutil.move(recorded, path)
            self._capture.add(path, "video", "video/webm", "video")


def _wants(policy: EvidencePolicy, failed: bool) -> bool:
    return policy == "always" or (policy == "failure" and failed)
