"""Makes the page pairs that are measured by default, from the published versions of real sites."""

import asyncio
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as PlaywrightError
from rich.progress import track

from api.stack.errors import StackError
from benchmarks.elements.applications import APPLICATIONS, Application
from benchmarks.elements.labels import Facts, choose, page_name
from benchmarks.elements.packages import unpack
from benchmarks.elements.pairs import FILE, Pair, write_pairs
from benchmarks.elements.rendering import Shelf, launch, opened, show
from benchmarks.elements.saving import save_versions
from benchmarks.elements.sites import NPM_SITES, Site
from benchmarks.report import OUTPUT
from e2e.node_clients import CannotTry

PAGES = OUTPUT / "pages"
MADE_FROM = "made-from.txt"
FACTS = (Path(__file__).parent / "page" / "facts.js").read_text("utf-8")
AT_ONCE = 3
"""Pages that are labelled at once; most of the time goes into waiting until they rest."""
MOST_PAGES = 40
"""Pairs of pages of any two versions."""
MOST_ELEMENTS = 60
"""Of a page pair."""
FRAMED = 3
"""What all pages of a site have is tried on one of so many of them."""


@dataclass(frozen=True)
class PagePair:
    """Two files below `PAGES` that are versions of one page."""

    site: str
    split: str
    old: str
    new: str
    frame: bool


def make_pairs() -> Path:
    """The directory with a `pairs.json`; it is made anew when what it is made from changes."""
    PAGES.mkdir(parents=True, exist_ok=True)
    wanted = list(list_pages())
    stamp = digest(wanted)
    made_from = PAGES / MADE_FROM
    if not ((PAGES / FILE).is_file() and made_from.is_file() and made_from.read_text() == stamp):
        write_pairs(PAGES, asyncio.run(label(wanted)))
        made_from.write_text(stamp)
    return PAGES


def digest(wanted: list[PagePair]) -> str:
    """Of the page pairs, and of what says which of their elements are the same."""
    home = Path(__file__).parent
    sources = [(home / name).read_text("utf-8") for name in ("labels.py", "building.py")]
    return hashlib.sha256("\n".join((*map(str, wanted), *sources, FACTS)).encode()).hexdigest()


def list_pages() -> Iterator[PagePair]:
    """All page pairs of all sites that can be had here; the others are named."""
    for site in (*APPLICATIONS, *NPM_SITES):
        try:
            folders = find_folders(site)
        except (CannotTry, StackError, RuntimeError) as error:
            print(f"left out: {site.name} ({error})")
            continue
        for before, after in pairwise(folders):
            yield from match_pages(site.name, site.split, before, after)


def find_folders(site: Site | Application) -> list[tuple[str, str]]:
    """The folder of each version below `PAGES`, and where its pages are in there.

    Raises:
        CannotTry: npm is missing, or cannot fetch.
        StackError: an application cannot be installed.
        RuntimeError: it does not start, or a package is not the pinned one.
    """
    if isinstance(site, Application):
        return [(name, "") for name in save_versions(site, PAGES, OUTPUT / "packages")]
    return [(unpack(version, PAGES).name, version.folder) for version in site.versions]


def match_pages(
    site: str, split: str, old: tuple[str, str], new: tuple[str, str]
) -> Iterator[PagePair]:
    """Pages that both versions have, by name."""
    before, after = named_pages(*old), named_pages(*new)
    for name in sorted(before.keys() & after.keys()):
        frame = zlib.crc32(name.encode()) % FRAMED == 0
        yield PagePair(site, split, before[name], after[name], frame)


def named_pages(home: str, folder: str) -> dict[str, str]:
    """The pages of a version by name; of two of one name the one that lies deeper."""
    top = PAGES / home / folder
    files = [*top.glob("*.html"), *top.glob("*/*.html"), *top.glob("pages/*/*.html")]
    kept = [file for file in files if not {"plugins", "vendor", "vendors"} & set(file.parts)]
    by_depth = sorted(kept, key=lambda file: len(file.parts))
    return {
        page_name(str(file.relative_to(top))): str(file.relative_to(PAGES)) for file in by_depth
    }


async def label(wanted: list[PagePair]) -> list[Pair]:
    """Find the elements of every page pair; pairs without any are left out."""
    told: dict[str, list[Facts]] = {}
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        files = sorted({file for pair in wanted for file in (pair.old, pair.new)})
        turns = asyncio.Semaphore(AT_ONCE)
        tasks = [asyncio.create_task(tell(browser, file, turns), name=file) for file in files]
        for task in track(tasks, f"Labelling {len(files)} pages", transient=True):
            told[task.get_name()] = await task
        await browser.close()
    return choose_pages([pair_of(one, told[one.old], told[one.new]) for one in wanted])


def choose_pages(pairs: list[Pair]) -> list[Pair]:
    """Of each two versions the page pairs with most elements; those without any are left out."""
    chosen: list[Pair] = []
    steps: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        folders = [file.partition("/")[0] for file in (pair.old, pair.new)]
        steps.setdefault((pair.site, *folders), []).append(pair)
    for step in steps.values():
        richest = sorted(step, key=lambda pair: -len(pair.elements))[:MOST_PAGES]
        chosen += [pair for pair in richest if pair.elements]
    return chosen


async def tell(browser: Browser, file: str, turns: asyncio.Semaphore) -> list[Facts]:
    """What a page's elements are; nothing when it cannot be shown."""
    shelf = Shelf(PAGES)
    try:
        async with turns, opened(browser, shelf) as page:
            await show(page, shelf, file)
            return [Facts.read(one) for one in await page.evaluate(FACTS)]
    except PlaywrightError as error:
        print(f"left out: {file} ({error.message.splitlines()[0]})")
        return []


def pair_of(one: PagePair, old: list[Facts], new: list[Facts]) -> Pair:
    """A page pair with the elements that are tried."""
    names = tuple(file.partition("/")[2] for file in (one.old, one.new))
    elements = choose(old, new, (names[0], names[1]), frame=one.frame, most=MOST_ELEMENTS)
    return Pair(one.old, one.new, tuple(elements), one.site, one.split)
