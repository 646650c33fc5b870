"""Unknown time as spans: what the rows of checks say of the time around them, and no more."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.analytics.uptime import Span, merge, subtract
from domain.evaluation.slots import FOREVER, next_slot


class Row(NamedTuple):
    """What was found of a monitor at a slot: it is `blind` if no region could tell anything.

    `following` is the slot of its next row, if there is one by now, and `seconds` the interval at
    the time: 0 if it was not watched then.
    """

    slot: int
    blind: bool
    following: int | None
    seconds: int

    @property
    def notified(self) -> Span:
        """The time that the row speaks of.

        That is until the next row. What was seen counts for one interval at most; that nothing was
        known stays so until something is.
        """
        end = min(self.slot + self.seconds, FOREVER)
        if self.following is None:
            return Span(self.slot, end)
        return Span(self.slot, self.following if self.blind else min(self.following, end))


def spans_after(previous: Iterable[Span], rows: Iterable[Row]) -> list[Span]:
    """Return the blind spans of a monitor once these of its rows are written: sorted and disjoint.

    Time of which the rows say nothing stays as it was, so it does not matter how many of the other
    rows there still are.
    """
    known = list(rows)
    notified = merge(row.notified for row in known)
    blind = [row.notified for row in known if row.blind]
    return merge([*subtract(merge(previous), notified), *blind])


def gap_after(row: Row, *, phase: int, closed: int) -> Row | None:
    """Return what lies between a row and the next, if slots have no row: nobody looked at them.

    Slots after `closed` may still get theirs.
    """
    if row.blind or row.following is None or not row.seconds:
        return None
    missed = next_slot(phase, row.seconds, row.slot)
    if missed >= row.following or missed > closed:
        return None
    return Row(missed, blind=True, following=row.following, seconds=row.seconds)
