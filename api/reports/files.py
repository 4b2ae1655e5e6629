"""Evidence in a report: pictures to look at, files to save, and the lines that tell of trouble."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from uuid import UUID

from domain.evidence.models import EvidenceFile, EvidenceKind

READ_BYTES = 512 * 1024
MAX_LINES = 30
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
_TROUBLE = re.compile(
    r"^\s*(?P<seconds>[\d.]+)\s+\[(?P<level>error|exception|warning)\]\s*(?P<text>.*)"
)

Address = Callable[[UUID], str]
"""Makes the signed address of a file."""


@dataclass(frozen=True, slots=True)
class FileView:
    """A file with its signed address."""

    name: str
    kind: str
    address: str
    size_bytes: int
    attempt: int
    step_index: int | None
    is_picture: bool
    is_upload: bool = False

    @property
    def caption(self) -> str:
        """The name without its suffix, as words."""
        return PurePath(self.name).stem.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """A warning or an error the page wrote; `seconds` after the run began."""

    seconds: float
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request that failed, was answered with an error, or was not let out."""

    what: str
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the page complained about; `more` counts what is left out."""

    console: Sequence[ConsoleLine] = ()
    requests: Sequence[RequestView] = ()
    more: int = 0


def show_files(files: Sequence[EvidenceFile], address: Address) -> list[FileView]:
    """The files of all attempts."""
    return [
        FileView(
            name=file.name,
            kind=file.kind,
            address=address(file.id),
            size_bytes=file.size_bytes,
            attempt=file.attempt,
            step_index=file.step_index,
            is_picture=file.content_type in PICTURES,
            is_upload=file.kind == EvidenceKind.UPLOAD,
        )
        for file in files
    ]


def pick_files(files: Sequence[FileView], attempt: int) -> list[FileView]:
    """The files of one attempt, and those people added at any time."""
    return [one for one in files if one.attempt == attempt or one.is_upload]


async def read_trouble(
    files: Sequence[EvidenceFile], attempt: int, path_of: Callable[[EvidenceFile], Path]
) -> Trouble:
    """Read console and network evidence of one attempt; bytes that are gone tell nothing."""
    console: list[ConsoleLine] = []
    requests: list[RequestView] = []
    for file in files:
        if file.attempt != attempt:
            continue
        if file.kind == EvidenceKind.CONSOLE:
            console += parse_console(await _read(path_of(file)))
        elif file.kind == EvidenceKind.NETWORK:
            requests += parse_network(await _read(path_of(file)))
    more = max(0, len(console) - MAX_LINES) + max(0, len(requests) - MAX_LINES)
    return Trouble(console[:MAX_LINES], requests[:MAX_LINES], more)


def parse_console(text: str) -> list[ConsoleLine]:
    """Warnings, errors and exceptions of a console log, `seconds [level] text` a line."""
    found = []
    for line in text.splitlines():
        match = _TROUBLE.match(line)
        if match:
            seconds = float(match["seconds"].strip(".") or 0)
            found.append(ConsoleLine(seconds, match["level"], match["text"]))
    return found


def parse_network(text: str) -> list[RequestView]:
    """What a network log tells; one that was cut or is no JSON tells nothing."""
    try:
        log = json.loads(text)
    except ValueError:
        return []
    if not isinstance(log, Mapping):
        return []
    return [
        *(_show_blocked(entry) for entry in _entries(log, "blocked")),
        *(_show_request(entry, str(entry.get("reason", ""))) for entry in _entries(log, "failed")),
        *(
            _show_request(entry, f"answered {entry.get('status', '')}")
            for entry in _entries(log, "errors")
        ),
    ]


def _entries(log: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    entries = log.get(name)
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _show_blocked(entry: Mapping[str, object]) -> RequestView:
    times = entry.get("times", 1)
    often = f" ({times} times)" if times != 1 else ""
    return RequestView(
        "blocked",
        f"{entry.get('host', '')}:{entry.get('port', '')}",
        f"{entry.get('reason', '')}{often}",
    )


def _show_request(entry: Mapping[str, object], reason: str) -> RequestView:
    return RequestView(str(entry.get("method", "")), str(entry.get("url", "")), reason)


async def _read(path: Path) -> str:
    try:
        data = await asyncio.to_thread(_read_start, path)
    except FileNotFoundError:
        return ""
    return data.decode(errors="replace")


def _read_start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(READ_BYTES)
