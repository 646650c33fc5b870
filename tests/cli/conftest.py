"""Commands set up the logging of their process, and here that is the process of all tests."""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from config import logging as logs


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    # Those of pytest come and go meanwhile.
    root.handlers = [each for each in root.handlers if not isinstance(each, logs._Handler)]
    root.setLevel(level)
    structlog.reset_defaults()
    _set_loggers_free()


def _set_loggers_free() -> None:
    """Let them be set up again: each keeps what held when it first said something."""
    for module in [*sys.modules.values()]:
        log = vars(module).get("log")
        if isinstance(log, type(structlog.get_logger())):
            vars(log).pop("bind", None)
