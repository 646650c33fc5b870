"""The durations of the phases of one probe, and the record of its steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Literal

from probes.base import StepName, Timings
from probes.network.tape import Tape

Phase = Literal["dns", "connect", "tls"]


class Clock:
    """Runs from its creation. A phase that occurs twice counts twice, and is a step of the tape."""

    def __init__(self, seconds: float, tape: Tape | None = None) -> None:
        self._tape = tape
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
        self.step(name)
        try:
            yield
        finally:
            self._spent[name] += monotonic() - began
        if self._tape:
            # A failed step is left open: it is the one that the failure belongs to.
            self._tape.end()

    def step(self, name: StepName) -> None:
        """Begin the next step of the record, if there is one."""
        if self._tape:
            self._tape.begin(name)

    def note_sent(self, data: bytes) -> None:
        """Record what was sent, or words for it."""
        if self._tape:
            self._tape.sent(data)

    def note_received(self, data: bytes) -> None:
        """Record what came, or words for it."""
        if self._tape:
            self._tape.received(data)

    def retell(self, words: bytes) -> None:
        """Record words in place of what came in this step."""
        if self._tape:
            self._tape.retell(words)

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
