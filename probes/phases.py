"""The durations of the phases of one probe."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Literal

from probes.base import Timings

Phase = Literal["dns", "connect", "tls"]


class Clock:
    """Runs from its creation. A phase that occurs twice counts twice."""

    def __init__(self, seconds: float) -> None:
        self._started = monotonic()
        self._seconds = seconds
        self._spent: dict[Phase, float] = {"dns": 0.0, "connect": 0.0, "tls": 0.0}
        self._ready_at: float | None = None
        self._first_byte = 0.0
        self.connected = False

    @property
    def seconds_left(self) -> float:
        return self._started + self._seconds - monotonic()

    @contextmanager
    def phase(self, name: Phase) -> Iterator[None]:
        began = monotonic()
        try:
            yield
        finally:
            self._spent[name] += monotonic() - began

    def ready(self) -> None:
        """Record that from now on the other side may answer."""
        self.connected = True
        self._ready_at = monotonic()

    def heard(self) -> None:
        """Record that the other side has answered."""
        if self._ready_at is not None and not self._first_byte:
            self._first_byte = monotonic() - self._ready_at

    def timings(self) -> Timings:
        return Timings(
            dns=_microseconds(self._spent["dns"]),
            connect=_microseconds(self._spent["connect"]),
            tls=_microseconds(self._spent["tls"]),
            first_byte=_microseconds(self._first_byte),
            total=_microseconds(monotonic() - self._started),
        )


def _microseconds(seconds: float) -> int:
    return round(seconds * 1e6)
