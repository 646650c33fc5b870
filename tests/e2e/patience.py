"""Waiting for what other processes do: as long as it takes, but not for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_PAUSE_SECONDS = 0.2


def eventually(look: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """Return the first true value that `look` gives; fail if there is none in time."""
    if not (found := last_look(look, seconds=seconds)):
        raise AssertionError(f"Waited {seconds:.0f} s in vain for {what}; last seen: {found!r}")
    return found


def last_look(look: Callable[[], T], *, seconds: float, pause: float = _PAUSE_SECONDS) -> T:
    """Return the first true value that `look` gives, or what it gives when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(pause)
    return found
