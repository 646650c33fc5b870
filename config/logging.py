"""Logs are events with fields: one handler and one formatter, also for libraries."""

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog
from structlog.typing import Processor

from config.redaction import redact
from config.settings import Settings

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

_OURS = frozenset(
    [
        "api",
        "cli",
        "config",
        "devstack",
        "domain",
        "live",
        "models",
        "notifiers",
        "probes",
        "security",
        "server",
        "services",
        "tasks",
        "web",
    ]
)
"""The loggers with visible debug records. Those of libraries contain URLs, headers and secrets."""

_CHATTY = ("celery.app.trace", "celery.beat", "celery.worker.strategy")
"""Loggers that write two lines for each of the sixteen ticks a second, which the metrics cover."""


def configure(settings: Settings) -> None:
    """Send all logs of this process to standard error, as JSON or for a console."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Handler(sys.stderr)
    handler.addFilter(_is_no_detail_of_others)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings),
            ],
        )
    )
    for name in _CHATTY:
        logging.getLogger(name).setLevel(
            max(logging.WARNING, logging.getLevelName(settings.log_level))
        )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)


class _Handler(logging.StreamHandler[TextIO]):
    """Reports only the reason if a line cannot be written; logging would print the line itself."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        with suppress(OSError, ValueError):
            reason = type(sys.exc_info()[1]).__name__
            self.stream.write(f"log_line_failed: {reason} in {record.name}\n")


def _is_no_detail_of_others(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO or record.name.partition(".")[0] in _OURS


def _rendering(settings: Settings) -> list[Processor]:
    """Exceptions become plain text first, because the values of local variables may be secret."""
    renderer: Processor = structlog.processors.JSONRenderer()
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return [structlog.processors.format_exc_info, redact, renderer]
