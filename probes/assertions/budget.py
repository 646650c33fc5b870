"""What the assertions of one check may take of the engine's thread: counted in what they do, never in time.

Measured: RE2 takes at worst 7 ns for a step, which is one instruction of its program at one byte, when it
has no memory left for its automaton; to look at a value of JSON takes 0.1 to 0.3 µs. So
each of the two budgets comes to some 20 ms, of the 50 ms for which nobody may hold the thread.
"""

from collections.abc import Iterable
from typing import Protocol, Self

MOST_STEPS = 2_500_000
MOST_VISITS = 75_000


class Costly(Protocol):
    """An assertion, as far as it is of interest here (`probes/assertions/base.py`)."""

    @property
    def program(self) -> int: ...

    @property
    def searches(self) -> bool | None: ...


class BudgetError(Exception):
    """More would have to be looked at than one check may."""


class Meter:
    """Counts down what one search may look at."""

    __slots__ = ("left", "most")

    def __init__(self, most: int) -> None:
        self.most = self.left = most

    @property
    def spent(self) -> int:
        return self.most - max(0, self.left)

    def spend(self, visits: int = 1) -> None:
        """Count before looking; raises `BudgetError` if there is not enough left."""
        self.left -= visits
        if self.left < 0:
            raise BudgetError


class Budget:
    """Shares both budgets evenly, so that what one assertion finds does not hang on what another took.

    `programs` is how many instructions all regular expressions have together. JSON paths that may lead to
    more than one value, which are `searches`, get four times as much together as all `others`.
    """

    def __init__(self, *, programs: int = 0, searches: int = 0, others: int = 0) -> None:
        self._bytes = MOST_STEPS // max(1, programs)
        of_searches = MOST_VISITS * 4 // 5 if searches and others else MOST_VISITS
        of_others = MOST_VISITS - of_searches if searches else MOST_VISITS
        self._share = {True: of_searches // max(1, searches), False: of_others // max(1, others)}
        self._meters: list[Meter] = []
        self.steps = 0
        """How many were taken so far."""

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
        """How many were taken so far."""
        return sum(each.spent for each in self._meters)

    def meter(self, *, searches: bool) -> Meter:
        """Return what counts the looks of one more JSON path."""
        self._meters.append(Meter(self._share[searches]))
        return self._meters[-1]

    def beginning(self, text: str, program: int) -> str:
        """Return as much of a text as a program of this size may go through, and count it."""
        kept = text[: self._bytes]
        size = len(kept)
        if not kept.isascii():
            encoded = kept.encode(errors="replace")[: self._bytes]
            kept, size = encoded.decode(errors="ignore"), len(encoded)
        self.steps += program * size
        return kept
