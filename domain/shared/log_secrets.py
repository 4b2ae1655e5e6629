"""What must not stand in a log: secrets, known by name, by shape or by value, and control characters."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar

import orjson
from structlog.typing import EventDict, WrappedLogger

from domain.shared.secret_names import WORDS, is_secret_input, is_secret_name

HIDDEN = "[hidden]"
SHORTEST_SECRET = 6
"""Characters; hiding something shorter would tear holes into words that only contain it."""
MOST_SECRETS = 500
"""Of one request; of one that has more no error is written out at all."""

_SECRET_TEXT = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JSON Web Token, wherever it stands
    r"|\bmm[a-z]_[\w-]{8,}"  # our own tokens: they say what they are
    r"|(?<=://)[^\s/@]*:[^\s/@]+(?=@)"  # user:password of a URL
    r"|(?i:(?<=bearer )[\w.~+/=-]{8,}|(?<=basic )[\w+/=-]{8,})"
    r"|(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{40,}"  # 240 random bits and more
)
_SHORTEST_TOKEN = 12
"""Characters; of what the pattern knows only a password in an address is shorter."""
_SECRET_PARAMETER = re.compile(r"(?<=[?&])([\w.%-]{1,40})=(?!\[hidden)[^&\s\"'<>\]]+")
_SECRET_PAIR = re.compile(
    rf"(?i)(\b[\w-]*(?:{WORDS})[\w-]*[\"']?\s*[=:]\s*)(?:b?'[^'\n]*'|b?\"[^\"\n]*\")"
)
"""`password='…'` and `"password": "…"`, as a value is written in an error's message."""
_LITERAL = re.compile(r'\b([A-Za-z_]\w*)\s*:\s*(?:"""(.*?)"""|"((?:[^"\\\n]|\\.)*)")', re.DOTALL)
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_CONTROL_IN_LINES = re.compile(_CONTROL.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_WORDS_OF_OURS = frozenset({"level", "timestamp", "request_id", "logger"})
_MANY_LINES = frozenset({"exception", "stack"})

_known: ContextVar[dict[str, None] | None] = ContextVar("known_secrets", default=None)


@contextlib.contextmanager
def knowing_secrets() -> Iterator[None]:
    """From here on `hide_from_logs` counts, for this task and those it starts.

    What is known around it stays known. After an error all of it does: the server logs that too.
    """
    before = _known.set(dict(_known.get() or {}))
    yield
    _known.reset(before)


def hide_from_logs(values: Iterable[str]) -> None:
    """Let none of these values appear in a line of this request; ignored outside one."""
    known = _known.get()
    if known is None:
        return
    for value in values:
        if len(known) > MOST_SECRETS:
            return
        if len(value) >= SHORTEST_SECRET:
            known[value] = None


def find_secrets(value: object, name: str = "", depth: int = 20) -> Iterator[str]:
    """Texts that stand under a secret name, anywhere in what a client sent."""
    if isinstance(value, str):
        if is_secret_input(name):
            yield value
    elif isinstance(value, Mapping) and depth:
        for key, inner in value.items():
            yield from find_secrets(inner, str(key), depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for inner in value:
            yield from find_secrets(inner, name, depth - 1)


def find_literals(document: str) -> Iterator[str]:
    """Texts of a GraphQL document that stand under a secret name, as they are and as they mean."""
    for name, block, text in _LITERAL.findall(document) if '"' in document else ():
        if is_secret_input(name):
            yield block or text
            with contextlib.suppress(orjson.JSONDecodeError):
                yield block or str(orjson.loads(f'"{text}"'))


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what is secret, and write out what would move a cursor or turn the text round."""
    return {name: _hide(name, value) for name, value in event.items()}


def _hide(name: str, value: object) -> object:
    if name in _WORDS_OF_OURS:
        return value
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return HIDDEN if is_secret_name(name) else _hide_in_value(name, value)
    if isinstance(value, Mapping):
        return {tame(str(key)): _hide(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide(name, inner) for inner in value]
    return value


def _hide_in_value(name: str, text: str) -> str:
    if len(text) < SHORTEST_SECRET and text.isprintable():
        return text
    has_lines = name in _MANY_LINES
    if has_lines and len(_known.get() or ()) > MOST_SECRETS:
        return HIDDEN
    return tame(hide_in_text(text.rstrip("\n")), many_lines=has_lines)


def hide_in_text(text: str) -> str:
    """A text without the secrets of this request and without what looks like one."""
    for secret in sorted(_known.get() or (), key=len, reverse=True):
        if len(secret) > len(text):
            continue
        text = text.replace(secret, HIDDEN)
        written = repr(secret)[1:-1]  # as it stands in the message of an error
        text = text.replace(written, HIDDEN) if written != secret else text
    if ":" in text or "=" in text:
        text = _SECRET_PAIR.sub(rf"\1{HIDDEN}", text)
    if "?" in text or "&" in text:
        text = _SECRET_PARAMETER.sub(rf"\1={HIDDEN}", text)
    return hide_shapes(text)


def hide_shapes(text: str) -> str:
    """A text without what looks like a token or a password in an address."""
    if len(text) < _SHORTEST_TOKEN and "://" not in text:
        return text
    return _SECRET_TEXT.sub(HIDDEN, text)


def tame(text: str, *, many_lines: bool = False) -> str:
    """A text whose control characters are written out, so that it cannot forge or break a line."""
    if text.isprintable():
        return text
    pattern = _CONTROL_IN_LINES if many_lines else _CONTROL
    return pattern.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
