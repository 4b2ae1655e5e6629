"""Runs the trials over a directory of page pairs, prints the result and writes it down."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from benchmarks.elements.building import make_pairs
from benchmarks.elements.pairs import BadPairs, Pair, read_pairs
from benchmarks.elements.rendering import Shelf, launch
from benchmarks.elements.results import report
from benchmarks.elements.sites import REPORT
from benchmarks.elements.trials import Score, Trial


def run() -> None:
    """Make pairs from published versions of real sites, and measure them."""
    directory = make_pairs()
    scores = asyncio.run(measure(directory, read_pairs(directory)))
    # Who reads how the report's pages were missed will tune on them, if only by heart.
    report(scores, untold={REPORT})


def measure_directory(directory: Path) -> None:
    """Measure somebody's own pairs.

    Raises:
        BadPairs: its `pairs.json` cannot be used, or none of its elements can.
    """
    scores = asyncio.run(measure(directory, read_pairs(directory)))
    report(scores)
    if not any(tally.trials for score in scores.values() for tally in score.ours.values()):
        raise BadPairs(f"{directory}: no element of any pair could be tried; see what is unusable.")


async def measure(directory: Path, pairs: Sequence[Pair]) -> dict[str, Score]:
    """Try all pairs; the scores by split."""
    scores: dict[str, Score] = {}
    async with async_playwright() as playwright:
        browser: Browser | None = None
        columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, disable=not sys.stdout.isatty()) as progress:
            total = sum(len(pair.elements) for pair in pairs)
            task = progress.add_task("Trying elements", total=total)
            for pair in pairs:
                if browser is None or not browser.is_connected():
                    browser = await launch(playwright)
                score = scores.setdefault(pair.split, Score())
                trial = Trial(pair, score, lambda count: progress.advance(task, count))
                await trial.run(browser, Shelf(directory))
        if browser is not None:
            await browser.close()
    return scores
