"""Rules about what the sites saw: each row has its request, in time, and nobody is asked too often."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.faults.evidence import Request, Row, Span, Watched
from tests.faults.matching import explained, is_punctual, says_the_same
from tests.faults.promises import EXTRA_AFTER, EXTRA_WITHIN, SLACK, tolerance
from tests.faults.rows import expected_slots

_LONGEST_RECHECK = 15
"""Seconds from a failing request to its recheck, the wait of ten seconds included."""
_RECOVERY = 12
"""Seconds in which everybody is at work again after a standstill."""


def evidence_of_rows(watched: Watched) -> Iterator[str]:
    """Each known row rests on a request of its own that came when the row says, within the tolerance."""
    most = tolerance(watched.interval)
    matched = explained(watched)
    spare = sorted(set(watched.requests) - set(matched.values()))
    for row in sorted(row for row in watched.rows if row.is_known):
        if row not in matched:
            yield f"slot {row.slot} is {row.outcome}, but {_why_not(row, spare, watched)}"
        if not 0 <= row.lateness <= most:
            yield f"slot {row.slot} was probed {row.lateness:.1f} s late, of at most {most}"
        elif row in matched and matched[row].at - row.slot > most + SLACK:
            seen = matched[row].at - row.slot
            yield f"slot {row.slot} was asked {seen:.1f} s late, of at most {most}"


def _why_not(row: Row, spare: Sequence[Request], watched: Watched) -> str:
    """Say what comes nearest to an explanation of a row."""
    contrary = [each for each in watched.requests if is_punctual(row, each, watched.stops)]
    if contrary and all(not says_the_same(row, each) for each in contrary):
        replied = "well" if contrary[0].is_good else "badly"
        return f"the site answered {replied} at {contrary[0].at:.1f}"
    later = [each.at for each in spare if each.at > row.slot and says_the_same(row, each)]
    if later:
        seen = later[0] - row.slot
        return f"was asked {seen:.1f} s after it, not {row.lateness:.1f}"
    return "nobody asked the site"


def bursts(watched: Watched, disturbed: Sequence[Span]) -> Iterator[str]:
    """Until its next slot a site is asked once, and for each failure once more.

    After a missed slot one extra check may come; where something was disturbed, one message may come twice.
    """
    moments = sorted(request.at for request in watched.requests)
    failed = sorted(request.at for request in watched.requests if not request.is_good)
    longest = _LONGEST_RECHECK + (watched.timeout if watched.site.hangs else 0)
    for start, end in pairwise([*expected_slots(watched.span), watched.span.until_slot]):
        count = _within(moments, start, end)
        allowed = (
            1
            + _within(failed, start - longest, end)
            + _extra(watched, start)
            + any(fault.touches(Span(start - SLACK, end)) for fault in disturbed)
        )
        if count > allowed:
            yield f"{count} requests between slots {start} and {end}, of at most {allowed}"


def _extra(watched: Watched, slot: int) -> bool:
    if watched.interval <= EXTRA_AFTER:
        return False
    return any(
        not row.is_known and slot - watched.interval <= row.slot <= slot + watched.interval
        for row in watched.rows
    )


def extras(watched: Watched, standstills: Sequence[Span]) -> Iterator[str]:
    """After a standstill there is an extra check of what was missed, if the next one is far off."""
    slots, checked = expected_slots(watched.span), sorted(row.slot for row in watched.rows)
    for still in standstills:
        soon = Span(still.end, still.end + EXTRA_WITHIN + _RECOVERY)
        missed = [slot for slot in slots if still.start < slot <= soon.start]
        following = next((slot for slot in slots if slot > soon.start), soon.start)
        if (
            missed
            and missed[-1] < soon.start - tolerance(watched.interval) - SLACK
            and following > soon.start + EXTRA_AFTER + _RECOVERY
            and not any(soon.contains(other.start) for other in standstills)
            and not any(missed[-1] < slot <= soon.end for slot in checked)
        ):
            yield f"slot {missed[-1]} was missed, and no extra check followed until {soon.end:.0f}"


def _within(moments: Sequence[float], start: float, end: float) -> int:
    return bisect_left(moments, end) - bisect_left(moments, start)
