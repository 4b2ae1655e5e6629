"""Logs: one JSON object a line for machines, coloured lines on a terminal, and no secrets."""

import contextlib
import io
import json
import logging
import sys
import threading
from typing import BinaryIO, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.shared.log_secrets import hide_in_text, hide_secrets, tame


def configure_logs(level: int = logging.INFO) -> None:
    """Send what this process logs, through structlog or the standard library, to standard error."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = [hide_secrets, *choose_renderers()]
    sys.stderr = without_buffer(sys.stderr)
    lines = Lines(sys.stderr)
    structlog.configure(
        processors=[*common, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), drop_repetition, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    handler.addFilter(NamesNoAddress())
    logging.basicConfig(handlers=[handler], level=level, force=True)


def without_buffer(stream: TextIO) -> TextIO:
    """The same place, where what cannot be written is not kept.

    A buffer would try again when the process ends, on a disk that is full with another exit code.
    """
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if not isinstance(raw, io.FileIO):
        return stream
    return io.TextIOWrapper(
        cast("BinaryIO", raw), stream.encoding, stream.errors, write_through=True
    )


def choose_renderers() -> list[Processor]:
    """Colours for people, JSON for everything else."""
    if sys.stderr.isatty():
        return [indent_exception, structlog.dev.ConsoleRenderer()]
    return [structlog.processors.JSONRenderer(serializer=write_json)]


def write_json(event: EventDict, **_: object) -> str:
    """One line; what is no text or number as JSON has them takes the slower way."""
    try:
        return orjson.dumps(event, default=write_unknown, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return json.dumps(event, default=write_unknown)


class Lines:
    """Where structlog writes, one line at a time; the standard library's way takes longer.

    A disk that is full costs lines, and never what was about to be told.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._turn = threading.Lock()

    def msg(self, line: str) -> None:
        """Write a line."""
        with self._turn, contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = exception = msg


def write_unknown(value: object) -> str:
    """What is no JSON, as text without secrets."""
    return tame(hide_in_text(str(value)))


def drop_repetition(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Uvicorn says everything twice, the second time in colours."""
    event.pop("color_message", None)
    return event


class NamesNoAddress(logging.Filter):
    """Drops what uvicorn says of each WebSocket: it quotes the query string, and we say it too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line may pass."""
        return '"WebSocket %s"' not in str(record.msg)


def indent_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep on a terminal the lines of an error apart from lines of the log."""
    if isinstance(event.get("exception"), str):
        event["exception"] = event["exception"].replace("\n", "\n    | ")
    return event
