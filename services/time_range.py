"""The window of time of a query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from services.errors import Invalid

USUAL = timedelta(hours=24)
LONGEST = timedelta(days=400)
HISTORY = timedelta(days=5 * 365)
"""How long incidents and maintenance spans are kept; queries cannot reach further back."""


@dataclass(frozen=True, slots=True)
class Window:
    """[start, end) with slots as whole numbers: only then does the database use its index."""

    start: datetime
    end: datetime

    @property
    def first_slot(self) -> int:
        return slot_from(self.start)

    @property
    def end_slot(self) -> int:
        return slot_from(self.end)


def window(start: datetime | None, end: datetime | None, *, now: datetime) -> Window:
    """Return the requested window: by default the last 24 hours before its end.

    Raise `Invalid` if it is empty, too long or too old.
    """
    end = end or now
    start = start or end - USUAL
    refuse_reversed(start, end)
    if start < now - HISTORY:
        raise Invalid(
            {"from": [f"Must be within the last {HISTORY.days} days. Older history is not kept."]}
        )
    if end - start > LONGEST:
        raise Invalid({"from": [f"The period may have at most {LONGEST.days} days."]})
    return Window(start, end)


def refuse_reversed(start: datetime | None, end: datetime | None) -> None:
    """Raise `Invalid` if both are given, and the period is empty."""
    if start is not None and end is not None and start >= end:
        raise Invalid({"from": ["Must be before the end of the period."]})


def slot_from(moment: datetime) -> int:
    """Return the first second that is not before the moment."""
    return ceil(moment.timestamp())
