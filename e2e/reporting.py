"""A pytest plugin: the journeys of a run as one self-contained page, `e2e/report/index.html`."""

import html
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).parent / "report" / "index.html"
FOLDER = "e2e/"
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;
border-bottom:1px solid #8884;vertical-align:top}td:last-child{text-align:right;white-space:nowrap}
.passed{color:#187a2f}.failed{color:#b3261e}.skipped{color:#8a6100}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8881;padding:.8rem}
@media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e6e6}
.passed{color:#6fd388}.failed{color:#ff8a80}.skipped{color:#f0c36a}}
"""


@dataclass
class Journey:
    """One test: its outcome is the worst of its phases, its time the sum of them."""

    name: str
    outcome: str = "passed"
    seconds: float = 0.0
    text: str = ""

    def add(self, report: pytest.TestReport) -> None:
        """Count one phase in."""
        self.seconds += report.duration
        if report.outcome != "passed" and self.outcome != "failed":
            self.outcome = report.outcome
        if report.outcome != "passed":
            self.text += f"{report.when}: {report.longreprtext}\n"


class JourneyReport:
    """Collects what the journeys reported and writes the page at the end of the session."""

    def __init__(self, page: Path = PAGE) -> None:
        self._page = page
        self._journeys: dict[str, Journey] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a phase, if it belongs to a journey."""
        if report.nodeid.startswith(FOLDER):
            self._journeys.setdefault(report.nodeid, Journey(report.nodeid)).add(report)

    def pytest_unconfigure(self) -> None:
        """Write the page, unless no journey was run."""
        if self._journeys:
            self._page.parent.mkdir(parents=True, exist_ok=True)
            self._page.write_text(render(list(self._journeys.values())), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Report from the process that sees all outcomes."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(JourneyReport(), "journey-report")


def render(journeys: list[Journey]) -> str:
    """The page as HTML."""
    counts = {
        outcome: sum(one.outcome == outcome for one in journeys)
        for outcome in ("passed", "failed", "skipped")
    }
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    seconds = sum(one.seconds for one in journeys)
    about = f"{time.strftime('%Y-%m-%d %H:%M:%S %Z')}, Python {platform.python_version()}"
    rows = "".join(_render_row(one) for one in journeys)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Journeys: {summary}</title><style>{STYLE}</style></head><body>"
        f"<h1>Journeys</h1><p>{summary} in {seconds:.1f} s. {about}.</p>"
        f"<table><tr><th>journey<th>outcome<th>time</tr>{rows}</table></body></html>\n"
    )


def _render_row(journey: Journey) -> str:
    text = f"<pre>{html.escape(journey.text)}</pre>" if journey.text else ""
    module, _, name = journey.name.partition("::")
    return (
        f"<tr><td>{html.escape(name.replace('_', ' ').removeprefix('test '))}"
        f"<br><small>{html.escape(module)}</small>{text}"
        f'<td class="{journey.outcome}">{journey.outcome}<td>{journey.seconds:.2f} s</tr>'
    )
