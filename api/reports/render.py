"""Turns an outline into one HTML page that needs nothing else: no script, no font, no other file.

The style sheet is part of the page, allowed by its hash; pictures come from this server, those of single elements with the page itself.
Everything that is not a template of ours is escaped.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.reports.figures import format_bytes, format_duration, format_moment
from api.reports.memory import Asked
from api.reports.outline import Report, TestView

STYLESHEET = files("api.reports").joinpath("templates/report.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLESHEET.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the page was made, and until when the links on it work (None: as long as it)."""

    made_at: datetime
    expires_at: datetime | None = None


def render_report(report: Report, stamp: Stamp) -> str:
    """Return the page."""
    return _environment.get_template("report.html.j2").render(
        report=report,
        stylesheet=STYLESHEET,
        made_at=stamp.made_at,
        expires_at=stamp.expires_at,
    )


def render_refusal(message: str) -> str:
    """Return the page for a person who may not see a report."""
    template = _environment.get_template("refused.html.j2")
    return template.render(message=message, stylesheet=STYLESHEET)


def word_failure(test: TestView) -> str:
    """One sentence on why a test did not pass: its own, or its failed step's."""
    failed = next((step for step in test.steps if step.outcome == "failed"), None)
    if test.message:
        return test.message
    if failed is None:
        return f"{test.label}."
    return f"Step {failed.number}, {failed.title}: {failed.reason or 'failed'}"


def word_asked(asked: Asked) -> str:
    """`2 requests, 3,412 tokens, $0.0041`."""
    words = [f"{asked.requests} {'request' if asked.requests == 1 else 'requests'}"]
    words.append(f"{asked.tokens:,} tokens")
    if asked.cost_usd is not None:
        words.append(f"${asked.cost_usd:.4f}")
    return ", ".join(words)


def end_sentence(text: str) -> str:
    """A reason as a sentence: first letter large, a full stop at the end."""
    trimmed = text.strip()
    if not trimmed:
        return ""
    ended = trimmed if trimmed.endswith((".", "!", "?")) else f"{trimmed}."
    return ended[0].upper() + ended[1:]


_environment = Environment(
    loader=PackageLoader("api.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {
    "asked": word_asked,
    "bytes": format_bytes,
    "duration": format_duration,
    "failure": word_failure,
    "moment": format_moment,
    "sentence": end_sentence,
}
