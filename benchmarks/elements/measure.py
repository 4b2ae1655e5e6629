"""Runs the trials over a directory of page pairs, prints the result and writes it down."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import async_playwright
from rich.table import Table

from benchmarks.elements.pages import make_pairs
from benchmarks.elements.rendering import launch, serve_files
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally
from benchmarks.elements.trials import Bench, Pair
from benchmarks.report import OUTPUT, say, show, write_json

SHOWN_ERRORS = 20


def run() -> None:
    """Make pairs from the published versions of Django, and measure them."""
    directory = OUTPUT / "pairs"
    make_pairs(directory)
    measure_directory(directory)


def measure_directory(directory: Path) -> None:
    """Measure and report."""
    report(asyncio.run(measure(directory)))


def read_pairs(directory: Path) -> list[Pair]:
    """Read `pairs.json`."""
    entries = json.loads((directory / "pairs.json").read_text())
    return [
        Pair(
            entry["old"],
            entry["new"],
            tuple((one["old_xpath"], one["new_xpath"]) for one in entry["elements"]),
        )
        for entry in entries
    ]


async def measure(directory: Path) -> Bench:
    """Try all pairs in one browser."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await serve_files(page, directory)
        bench = Bench(page)
        for pair in read_pairs(directory):
            await bench.try_pair(pair)
        await browser.close()
    return bench


def report(bench: Bench) -> None:
    """Print a table and the errors; write both as JSON."""
    tallies = (bench.unchanged, bench.survivors, bench.deleted)
    table = Table("", title="Element cache on page pairs")
    for tally in tallies:
        table.add_column(tally.name, justify="right")
    for row, tell in ROWS.items():
        table.add_row(row, *(tell(tally) for tally in tallies))
    show(table)
    for tally in tallies:
        for error in tally.details[WRONG][:SHOWN_ERRORS]:
            print(f"wrong ({tally.name}): {error}")
    write_json("elements", [describe(tally) for tally in tallies])


def say_certain(tally: Tally) -> str:
    """Too few trials can miss the target, but not reach it."""
    return "[yellow]unproven[/]" if tally.is_certain is None else say(tally.is_certain)


ROWS: dict[str, Callable[[Tally], str]] = {
    "trials": lambda tally: str(tally.trials),
    "found": lambda tally: f"{tally.share(FOUND):.2%}",
    "abstained": lambda tally: f"{tally.share(ABSTAINED):.2%}",
    "wrong": lambda tally: f"{tally.share(WRONG):.2%}",
    "wrong, with 95 % confidence": lambda tally: f"≤ {tally.bound:.2%}",
    "target: wrong < 0.1 %": say_certain,
    "lookup p50": lambda tally: f"{tally.percentile(50):.1f} ms",
    "lookup p95": lambda tally: f"{tally.percentile(95):.1f} ms",
    "target: p95 ≤ 100 ms": lambda tally: say(tally.is_quick),
}


def describe(tally: Tally) -> dict[str, object]:
    """A tally as JSON."""
    return {
        "name": tally.name,
        "trials": tally.trials,
        **{name: tally.verdicts[name] for name in (FOUND, ABSTAINED, WRONG)},
        "accepted": tally.accepted,
        "wrong_bound": tally.bound,
        "is_certain": tally.is_certain,
        "p50_milliseconds": round(tally.percentile(50), 2),
        "p95_milliseconds": round(tally.percentile(95), 2),
        "is_quick": tally.is_quick,
        "details": tally.details,
    }
