"""Records the steps of one probe: their durations, and the beginning of what both sides said."""

from dataclasses import dataclass, field, replace
from time import monotonic

from probes.base import Step, StepName

_MOST_STEPS = 40
_LONGEST = 4096
"""The most bytes that are kept of each side in one step."""
_UNNAMED: StepName = "exchange"


@dataclass(slots=True)
class _Current:
    name: StepName
    began: float
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)


class Tape:
    """A step begins where the former one ends. What is said outside of any is an `exchange`."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._current: _Current | None = None

    def begin(self, name: StepName) -> None:
        self.end()
        self._current = _Current(name, monotonic())

    def end(self) -> None:
        current, self._current = self._current, None
        if current and len(self._steps) < _MOST_STEPS:
            self._steps.append(
                Step(
                    name=current.name,
                    microseconds=round((monotonic() - current.began) * 1e6),
                    sent=_text(current.sent),
                    received=_text(current.received),
                )
            )

    def sent(self, data: bytes) -> None:
        _add(self._now().sent, data)

    def received(self, data: bytes) -> None:
        _add(self._now().received, data)

    def retell(self, words: bytes) -> None:
        """Replace what was received in this step."""
        self._now().received.clear()
        self.received(words)

    def steps(self, failure: str) -> tuple[Step, ...]:
        """Return all steps; the last one ended with this failure, if it is not empty."""
        self.end()
        if failure and self._steps:
            self._steps[-1] = replace(self._steps[-1], failure=failure)
        return tuple(self._steps)

    def _now(self) -> _Current:
        if self._current is None:
            self.begin(_UNNAMED)
        return self._current  # type: ignore[return-value]  # `begin` has just set it.


def _add(kept: bytearray, data: bytes) -> None:
    kept += data[: max(0, _LONGEST - len(kept))]


def _text(said: bytearray) -> str:
    return said.decode("utf-8", "replace")
