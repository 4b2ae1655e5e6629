"""One warm pool for all browser tests, a site that is made of strings, and a way to run steps."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.workers.browser.site import Site
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome, EvidenceFile, Json
from workers.browser.pool import BrowserPool, PoolSettings
from workers.browser.runner import run_browser_test


@dataclass
class Ran:
    """A run that is over: its outcome and everything it said."""

    outcome: BrowserOutcome
    events: list[BrowserEvent] = field(default_factory=list)

    def evidence(self, kind: str) -> list[EvidenceFile]:
        """The evidence files of one kind."""
        return [file for file in self.outcome.evidence if file.kind == kind]

    def read(self, kind: str) -> str:
        """The text of the only evidence file of one kind."""
        (file,) = self.evidence(kind)
        return file.path.read_text()


class Runner:
    """Runs steps against a site, by default with that site alone allowed and without a trace."""

    def __init__(self, pool: BrowserPool, site: Site, directory: Path) -> None:
        self.pool = pool
        self.site = site
        self.directory = directory

    def job(self, *steps: Json, **changes: object) -> BrowserJob:
        """A job with these steps."""
        defaults: dict[str, object] = {
            "run_id": "run",
            "steps": steps,
            "evidence_dir": self.directory,
            "allowed_hosts": (self.site.host,),
            "base_url": self.site.url,
            "step_timeout_s": 5.0,
            "timeout_s": 60.0,
            "trace": "never",
        }
        return BrowserJob(**{**defaults, **changes})  # type: ignore[arg-type]

    async def __call__(self, *steps: Json, **changes: object) -> Ran:
        """Run these steps to their end."""
        events: list[BrowserEvent] = []

        async def remember(event: BrowserEvent) -> None:
            events.append(event)

        return Ran(await run_browser_test(self.pool, self.job(*steps, **changes), remember), events)


@pytest.fixture(scope="session")
async def pool() -> AsyncIterator[BrowserPool]:
    """A pool with one browser."""
    settings = PoolSettings(size=1, spares=0, grace_s=2.0)
    async with BrowserPool(settings) as pool:
        yield pool


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    """Starts sites, and stops them when the test is over."""
    sites: list[Site] = []

    def make(address: str = "127.0.0.1") -> Site:
        sites.append(Site(address))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site on 127.0.0.1."""
    return make_site()


@pytest.fixture
def run(pool: BrowserPool, site: Site, tmp_path: Path) -> Runner:
    """Run steps: `ran = await run({"kind": "goto", "url": "/"})`."""
    return Runner(pool, site, tmp_path)
