"""Waits for what other processes do."""

import time
from collections.abc import Callable

import psutil


def eventually(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail when it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It never came to hold."
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Tell whether it ended: who reaps an orphan may be slow about it."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
