"""Logs: one JSON object a line for machines, coloured lines on a terminal, and no secrets."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"password|passwd|secret|token|authorization|cookie|credential|api_?key|signature",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JSON Web Token, wherever it stands
    r"|(?<=://)[^\s/@]*:[^\s/@]+(?=@)"  # user:password of a URL
    r"|(?i:(?<=bearer )[\w.~+/=-]{8,})"
)


def configure_logs(level: int = logging.INFO) -> None:
    """Send what this process logs, through structlog or the standard library, to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(default=str)
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
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)


def drop_repetition(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Uvicorn says everything twice, the second time in colours."""
    event.pop("color_message", None)
    return event


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace values whose name or shape says that they are secret."""
    return {name: hide(name, value) for name, value in event.items()}


def hide(name: str, value: object) -> object:
    """One value of a log line, without what must not be in it."""
    if isinstance(value, str):
        return HIDDEN if _SECRET_NAME.search(name) else _SECRET_TEXT.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: hide(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hide(name, inner) for inner in value]
    return value
