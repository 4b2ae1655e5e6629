"""Runs the trials over a directory of page pairs, prints the result and writes it down."""

import asyncio
import json
import os
import sys
from pathlib import Path

from playwright.async_api import async_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally, upper_bound
from benchmarks.elements.trials import Bench, Pair
from workers.browser.chromium import find_chromium

OUTPUT = Path("var/bench/elements.json")
ARGUMENTS = ("--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SHOWN_ERRORS = 20


def main() -> None:
    """Measure the pairs in the directory named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.elements DIRECTORY (with a pairs.json in it)")
    directory = Path(sys.argv[1]).resolve()
    bench = asyncio.run(measure(directory, read_pairs(directory)))
    report(bench)


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


async def measure(directory: Path, pairs: list[Pair]) -> Bench:
    """Try all pairs in one browser."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*ARGUMENTS, *sandbox]
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        bench = Bench(page, directory)
        await bench.prepare()
        for pair in pairs:
            await bench.try_pair(pair)
        await browser.close()
    return bench


def report(bench: Bench) -> None:
    """Print a table and the errors; write both as JSON."""
    tallies = (bench.unchanged, bench.survivors, bench.deleted)
    table = Table(title="Element cache on page pairs")
    for column in (
        "trial",
        "n",
        "found",
        "abstained",
        "wrong",
        "wrong, 95 %",
        "p50",
        "p95",
    ):
        table.add_column(column, justify="left" if column == "trial" else "right")
    for tally in tallies:
        bound = upper_bound(tally.verdicts[WRONG], tally.judged)
        table.add_row(
            tally.name,
            str(tally.trials),
            f"{tally.share(FOUND):.2%}",
            f"{tally.share(ABSTAINED):.2%}",
            f"{tally.share(WRONG):.2%}",
            f"≤ {bound:.2%}",
            f"{tally.percentile(50):.1f} ms",
            f"{tally.percentile(95):.1f} ms",
        )
    console = Console()
    console.print(table)
    for tally in tallies:
        for error in tally.details[WRONG][:SHOWN_ERRORS]:
            console.print(f"wrong ({tally.name}): {error}", markup=False)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps([describe(tally) for tally in tallies], indent=2) + "\n")


def describe(tally: Tally) -> dict[str, object]:
    """A tally as JSON."""
    return {
        "name": tally.name,
        "trials": tally.trials,
        **{name: tally.verdicts[name] for name in (FOUND, ABSTAINED, WRONG)},
        "accepted": tally.accepted,
        "wrong_bound": upper_bound(tally.verdicts[WRONG], tally.judged),
        "p50_milliseconds": round(tally.percentile(50), 2),
        "p95_milliseconds": round(tally.percentile(95), 2),
        "details": tally.details,
    }


if __name__ == "__main__":
    main()
