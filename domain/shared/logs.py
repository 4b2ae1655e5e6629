"""Logs: one JSON object a line for machines, coloured lines on a terminal, and no secrets."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from domain.shared.log_secrets import hide_in_text, hide_secrets, tame


def configure_logs(level: int = logging.INFO) -> None:
    """Send what this process logs, through structlog or the standard library, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    renderers: list[Processor] = (
        [indent_exception, structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [structlog.processors.JSONRenderer(default=write_unknown)]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), drop_repetition, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                hide_secrets,
                *renderers,
            ],
        )
    )
    handler.addFilter(NamesNoAddress())
    logging.basicConfig(handlers=[handler], level=level, force=True)


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
