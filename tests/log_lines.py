"""The logging of a real process, for the length of a test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from config import logging as logs
from config.settings import Settings


@contextmanager
def logging_as(settings: Settings) -> Iterator[None]:
    """Log to standard error as a process with these settings does, and as before afterwards."""
    root = logging.getLogger()
    before = root.handlers, root.level
    logs.configure(settings)
    # A logger that kept this configuration would spoil the tests that come later.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
