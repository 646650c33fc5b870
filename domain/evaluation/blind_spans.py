"""Unknown time as spans: the time that check rows describe, and no more."""

from collections.abc import Iterable
from typing import NamedTuple

from domain.analytics.uptime import Span, merge, subtract
from domain.evaluation.slots import FOREVER, next_slot


class Row(NamedTuple):
    """The result of a monitor at a slot; `blind` if no region had a known result.

    `following` is the slot of its next row, if one exists. `seconds` is the interval at the time,
    or 0 if the monitor was not monitored then.
    """

    slot: int
    blind: bool
    following: int | None
    seconds: int

    @property
    def covered(self) -> Span:
        """The time that the row describes.

        It lasts until the next row. A known result counts for one interval at most. An unknown one
        lasts until the next known result.
        """
        end = min(self.slot + self.seconds, FOREVER)
        if self.following is None:
            return Span(self.slot, end)
        return Span(self.slot, self.following if self.blind else min(self.following, end))


def spans_after(previous: Iterable[Span], rows: Iterable[Row]) -> list[Span]:
    """Return the blind spans of a monitor after these rows are written, sorted and disjoint.

    Time that the rows do not describe stays unchanged, so the result does not depend on how many of
    the other rows still exist.
    """
    known = list(rows)
    covered = merge(row.covered for row in known)
    blind = [row.covered for row in known if row.blind]
    return merge([*subtract(merge(previous), covered), *blind])


def gap_after(row: Row, *, phase: int, closed: int) -> Row | None:
    """Return the gap between a row and the next, if slots between them have no row, else None.

    Slots after `closed` may still get their rows.
    """
    if row.blind or row.following is None or not row.seconds:
        return None
    missed = next_slot(phase, row.seconds, row.slot)
    if missed >= row.following or missed > closed:
        return None
    return Row(missed, blind=True, following=row.following, seconds=row.seconds)
