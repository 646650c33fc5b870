"""What strikes whoever acts next: a process that is killed in the middle of what it does."""

from collections import Counter

from tests.week.script import Kind, Script


class KilledError(Exception):
    """A process ended in the middle of its transaction."""


class Blows:
    """The blows of a script; each falls once, on the first to act after its time."""

    def __init__(self, script: Script) -> None:
        self.fallen: Counter[Kind] = Counter()
        sudden = (each for each in script.faults if each.span.start == each.span.end)
        self._ahead = sorted(sudden, key=lambda each: each.span.start)

    def fall(self, kind: Kind, now: float) -> bool:
        """Tell whether who does this now is killed."""
        blow = next(
            (each for each in self._ahead if each.kind is kind and each.span.start <= now), None
        )
        if blow is None:
            return False
        self._ahead.remove(blow)
        self.fallen[kind] += 1
        return True

    def endure(self, kind: Kind, now: float) -> None:
        """End the transaction that one is in, if one is killed now."""
        if self.fall(kind, now):
            raise KilledError
