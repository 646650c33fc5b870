"""The work that the assertions of one check may do on the engine's thread, counted in steps.

Work is counted and never timed. Measured: RE2 takes at worst 7 ns per step, when it has no memory
left for its automaton. A step is one instruction of its program at one byte. Visiting a JSON value
takes 0.1 to 0.3 µs. So each of the two budgets amounts to about 20 ms. Nothing may block the thread
for longer than 50 ms.
"""

from collections.abc import Iterable
from typing import Protocol, Self

MOST_STEPS = 2_500_000
MOST_VISITS = 75_000


class Costly(Protocol):
    """The part of an assertion that matters here (`probes/assertions/base.py`)."""

    @property
    def program(self) -> int: ...

    @property
    def searches(self) -> bool | None: ...


class BudgetError(Exception):
    """The check would need more steps than it may take."""


class Meter:
    """Counts the visits of one search."""

    __slots__ = ("left", "most")

    def __init__(self, most: int) -> None:
        self.most = self.left = most

    @property
    def spent(self) -> int:
        return self.most - max(0, self.left)

    def spend(self, visits: int = 1) -> None:
        """Count visits before making them, or raise `BudgetError` if too few are left."""
        self.left -= visits
        if self.left < 0:
            raise BudgetError


class Budget:
    """Shares both budgets evenly, so that no assertion's result depends on another's use.

    `programs` is the number of instructions of all regular expressions. `searches` are the JSON
    paths that may lead to several values. Together they get four times as much as all `others`.
    """

    def __init__(self, *, programs: int = 0, searches: int = 0, others: int = 0) -> None:
        self._bytes = MOST_STEPS // max(1, programs)
        of_searches = MOST_VISITS * 4 // 5 if searches and others else MOST_VISITS
        of_others = MOST_VISITS - of_searches if searches else MOST_VISITS
        self._share = {True: of_searches // max(1, searches), False: of_others // max(1, others)}
        self._meters: list[Meter] = []
        self.steps = 0
        """The number of steps taken so far."""

    @classmethod
    def of(cls, assertions: Iterable[Costly]) -> Self:
        several = tuple(assertions)
        if not several:
            return cls()
        return cls(
            programs=sum(each.program for each in several),
            searches=sum(each.searches is True for each in several),
            others=sum(each.searches is False for each in several),
        )

    @property
    def visits(self) -> int:
        """The number of visits made so far."""
        return sum(each.spent for each in self._meters)

    def meter(self, *, searches: bool) -> Meter:
        """Return a meter for the visits of one more JSON path."""
        self._meters.append(Meter(self._share[searches]))
        return self._meters[-1]

    def beginning(self, text: str, program: int) -> str:
        """Return the part of a text that a program of this size may search, and count it."""
        kept = text[: self._bytes]
        size = len(kept)
        if not kept.isascii():
            encoded = kept.encode(errors="replace")[: self._bytes]
            kept, size = encoded.decode(errors="ignore"), len(encoded)
        self.steps += program * size
        return kept
