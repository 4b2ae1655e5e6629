"""What a step is called and why it failed, in sentences for people."""

import json
import re
from collections.abc import Mapping
from typing import Final

from domain.elements.masking import clean_text
from domain.templates.placeholders import PLACEHOLDER

_LONGEST_SHOWN: Final = 120
_QUOTED: Final = re.compile(r'“((?:[^”\\]|\\.)*)”|"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)")
_LONGEST_REASON: Final = 500
_STRICT: Final = re.compile(r"strict mode violation.*? resolved to (\d+) elements", re.DOTALL)
_COVERED: Final = re.compile(r"(<[^\n]{1,200}>)[^\n]{0,200} intercepts pointer events")
_PREFIX: Final = re.compile(r"^(?:[A-Z]\w+\.\w+: )?(?:\w*Error: )?")
_BAD_SELECTOR: Final = re.compile(
    r"(?:Unexpected|Unknown|Malformed|Error while|Failed to execute)[^\n]*"
    r"(?:selector|XPath expression)",
    re.IGNORECASE,
)
_ACTUAL: Final = re.compile(r"^Actual value: (.*?) ?$", re.MULTILINE)
_SANDBOX: Final = re.compile(r"No usable sandbox|SUID sandbox|Failed to move to new namespace")
_FATAL: Final = re.compile(r":FATAL:[^\]]*\] ([^\n]{1,300})")
_NET_ERROR: Final = re.compile(r"net::(ERR_\w+)")

_GONE: Final = re.compile(r"Element is not attached to the DOM|Frame (?:was|has been) detached")
# What Playwright writes into the log of a call that ran out of time, and what it means.
_LAST_OBSTACLES: Final = (
    ("element is not enabled", "is disabled"),
    ("element is not editable", "is read-only"),
    ("element is not visible", "is not visible"),
    ("resolved to hidden", "is not visible"),
    ("resolved to visible", "is still visible"),
    ("element is not stable", "does not stop moving"),
    ("element is outside of the viewport", "is outside of the visible page"),
    ("did not find some options", "does not have that option"),
)
_NET_REASONS: Final[Mapping[str, str]] = {
    "ERR_CERT_AUTHORITY_INVALID": "its certificate is not trusted",
    "ERR_CERT_COMMON_NAME_INVALID": "its certificate belongs to another name",
    "ERR_CERT_DATE_INVALID": "its certificate has expired",
    "ERR_CONNECTION_CLOSED": "the connection was closed",
    "ERR_CONNECTION_RESET": "the connection was cut",
    "ERR_EMPTY_RESPONSE": "the server closed the connection without an answer",
    "ERR_INVALID_URL": "it is not an address",
    "ERR_SSL_PROTOCOL_ERROR": "the server does not speak TLS",
    "ERR_TOO_MANY_REDIRECTS": "it redirects in a circle",
    "ERR_UNSAFE_PORT": "browsers refuse this port",
}


def quote(text: str) -> str:
    """A text in quotation marks, whole: half a secret could not be masked any more.

    One that holds such marks itself, as selectors do, stands in curly ones.
    """
    written = json.dumps(clean_text(text), ensure_ascii=False)
    if '\\"' not in written:
        return written
    plain = _ESCAPED.sub(lambda match: '"' if match[1] == '"' else match[0], written[1:-1])
    return "“" + plain.replace("”", "\\”") + "”"


def shorten_quotes(sentence: str) -> str:
    """A sentence, masked before, whose long quotations are cut."""
    return _QUOTED.sub(_shorten_quote, sentence)


def _shorten_quote(match: re.Match[str]) -> str:
    whole, inner = match[0], match[1] or match[2] or ""
    if len(inner) <= _LONGEST_SHOWN:
        return whole
    return f"{whole[0]}{inner[: _LONGEST_SHOWN - 1]}…{whole[-1]}"


def name_step(step: Mapping[str, object], shown: Mapping[str, str]) -> str:
    """The title of a step; secret parameters keep their placeholders.

    Args:
        step: As it was written.
        shown: Values of the parameters that may be shown.
    """

    def fill(value: object) -> str:
        if isinstance(value, list):
            return ", ".join(fill(one) for one in value)
        text = PLACEHOLDER.sub(lambda match: shown.get(match[1], match[0]), str(value))
        return quote(text)

    if "title" in step:
        return fill(step["title"])[1:-1]
    kind = str(step["kind"])
    words = [kind.replace("_", " ")]
    words += [fill(step[name]) for name in _SUBJECTS if name in step]
    words += [f"{word} {fill(step[name])}" for name, word in _DETAILS if name in step]
    if step.get("checked") is False:
        words[0] = "uncheck"
    return " ".join(words)


_SUBJECTS: Final = ("key", "instruction", "name", "selector", "target", "url")
_DETAILS: Final = (
    ("value", "with"),
    ("label", "with"),
    ("text", "is"),
    ("contains", "contains"),
    ("pattern", "matches"),
    ("count", "is"),
    ("status", "answered with"),
    ("state", "to be"),
    ("evidence", "with"),
    ("filename", "named"),
)


def describe_failure(number: int, title: str, reason: str) -> str:
    """The sentence of a failed step; `number` counts from one."""
    short = reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"
    return f"Step {number} ({title}): {short.rstrip('.')}."


def explain_element_error(
    message: str, pointed: str, waited_s: float, *, was_found: bool = False
) -> str:
    """Why an element could not be used.

    Args:
        message: What Playwright says, its log included.
        pointed: How the step points at the element: ``the selector "#a"``.
        waited_s: Seconds that the step took.
        was_found: Whether the element was there, and only using it failed.
    """
    waited = f"(waited {waited_s:.1f} s)"
    strict = _STRICT.search(message)
    if strict is not None:
        return f"{pointed} matches {strict[1]} elements, and this step needs exactly one"
    if _BAD_SELECTOR.search(message):
        return f"{pointed} cannot be read"
    obstacle = _find_obstacle(message)
    if obstacle:
        return f"what {pointed} matches {obstacle} {waited}"
    missing = "Timeout" in message and "resolved to" not in message
    if (missing and not was_found) or "element(s) not found" in message:
        return f"nothing on the page matches {pointed} {waited}"
    return f"{_explain_use(message, pointed)} {waited}"


def _find_obstacle(message: str) -> str:
    """What was in the way of using an element that was there; nothing where that is not known."""
    if _GONE.search(message):
        return "vanished when it was about to be used"
    covered = _COVERED.findall(message)
    if covered:
        return f"is covered by {covered[-1]}"
    last, meaning = max((message.rfind(sign), meaning) for sign, meaning in _LAST_OBSTACLES)
    return meaning if last >= 0 else ""


def explain_expectation(message: str, pointed: str, wanted: str, waited_s: float) -> str:
    """Why the page is not as expected.

    Args:
        message: What Playwright says.
        pointed: How the step points at the element.
        wanted: What should have been: ``contains "Saved"``.
        waited_s: Seconds that the step took.
    """
    actual = _ACTUAL.search(message)
    if "Error: " in message or actual is None or actual[1] == "None":
        return explain_element_error(message, pointed, waited_s)
    return f"{pointed} gives {quote(actual[1])}, expected {wanted} (waited {waited_s:.1f} s)"


def _explain_use(message: str, pointed: str) -> str:
    reason = explain_plainly(message)
    if "Timeout" in message and "performing" in message:
        return f"the page did not answer after the step reached {pointed}"
    if "Timeout" in message:
        return f"the page did not answer when {pointed} was used"
    if reason.startswith("Element is not"):
        return f"what {pointed} matches is not{reason.removeprefix('Element is not')}"
    if reason.startswith("Not a checkbox"):
        return f"what {pointed} matches is not a checkbox or radio button"
    return reason


def explain_navigation_error(message: str, url: str, waited_s: float) -> str:
    """Why a page could not be opened."""
    net = _NET_ERROR.search(message)
    if net is not None:
        reason = _NET_REASONS.get(net[1], f"the browser says {net[1]}")
        return f"{quote(url)} could not be opened: {reason}"
    if "Timeout" in message:
        return f"{quote(url)} did not finish loading (waited {waited_s:.1f} s)"
    if "Download is starting" in message:
        return f"{quote(url)} is a download, not a page"
    if "invalid URL" in message:
        return f"{quote(url)} is not an address, and there is no base address to join it to"
    return f"{quote(url)} could not be opened: {explain_plainly(message)}"


def explain_plainly(message: str) -> str:
    """The first line of an error, without the name of the call."""
    first = message.strip().partition("\n")[0]
    return _PREFIX.sub("", first).strip() or "the browser gave no reason"


def explain_start_error(message: str) -> str:
    """Why Chromium did not start, and what to do about it."""
    if _SANDBOX.search(message):
        return (
            "Chromium could not start its sandbox: allow unprivileged user namespaces (in a "
            "container, its seccomp profile has to), or run `metamorph doctor` for other ways."
        )
    missing = re.search(r"error while loading shared libraries: (\S+):", message)
    if missing is not None:
        return (
            f"Chromium could not start because {missing[1]} is missing: run "
            "`playwright install-deps chromium` or install your distribution's chromium package."
        )
    told = _FATAL.search(message)
    reason = told[1].strip() if told is not None else explain_plainly(message)
    return f"Chromium could not start: {reason.rstrip('.')}. `metamorph doctor` may tell why."
