"""Rules about rows: one for each slot, and unknown only where a fault was."""

from collections import Counter
from collections.abc import Iterator

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Row, Span, Stretch, Watched
from tests.faults.pairs import pairs
from tests.faults.promises import second_try, tolerance

_ASKED_FOR = 300
"""Seconds after a failing or missing check in which another one comes because of it, standstills included."""
_ON_ITS_WAY = Span(-1, 3)
"""When a check may be lost, in seconds from its publication; its answer may take longer."""


def expected_slots(span: Stretch) -> list[int]:
    """Return the slots of a stretch, in order."""
    first = span.from_slot + (span.phase - span.from_slot) % span.interval
    return list(range(first, span.until_slot, span.interval))


def slots(watched: Watched) -> Iterator[str]:
    """Every slot has one row, and each row beyond them a failing or missing check that asked for it."""
    expected, counts = set(expected_slots(watched.span)), Counter(_slots(watched.rows))
    for slot in sorted(expected - set(counts)):
        yield f"slot {slot} has no row"
    for slot, count in sorted(counts.items()):
        if count > 1:
            yield f"slot {slot} has {count} rows"
    beyond = sorted(set(counts) - expected)
    asked_by = [row.slot for row in watched.rows if row.outcome is Outcome.DOWN or not row.is_known]
    served = pairs([_causes(slot, asked_by) for slot in beyond]).values()
    for number in sorted(set(range(len(beyond))) - set(served)):
        yield f"slot {beyond[number]} was never due"


def _slots(rows: tuple[Row, ...]) -> Iterator[int]:
    return (row.slot for row in rows)


def _causes(slot: int, asked_by: list[int]) -> list[int]:
    """List the checks that may have asked for this one; each asks for one."""
    return [number for number, each in enumerate(asked_by) if 0 < slot - each <= _ASKED_FOR]


def unknowns(watched: Watched, lossy: tuple[Span, ...]) -> Iterator[str]:
    """Accept an unknown only if a fault met each time when its check was to be made."""
    chances = _chances(watched)
    for row in watched.rows:
        if not row.is_known and not _all_met(row.slot, chances, lossy):
            yield f"slot {row.slot} is unknown, and no fault explains it"


def _chances(watched: Watched) -> list[Span]:
    longest = watched.timeout if watched.site.hangs else watched.site.slowness
    again = second_try(watched.interval, watched.timeout)
    if again is None:
        return [Span(_ON_ITS_WAY.start, tolerance(watched.interval) + longest)]
    return [
        Span(_ON_ITS_WAY.start, _ON_ITS_WAY.end + longest),
        Span(again + _ON_ITS_WAY.start, again + _ON_ITS_WAY.end + longest),
    ]


def _all_met(slot: int, chances: list[Span], lossy: tuple[Span, ...]) -> bool:
    return all(
        any(fault.touches(Span(slot + chance.start, slot + chance.end)) for fault in lossy)
        for chance in chances
    )


def unknown_seconds(watched: Watched) -> set[int]:
    """Return the time of the unknown rows: each until the next row, or until that is due."""
    rows = sorted(watched.rows)
    ends = [*[row.slot for row in rows], watched.span.until_slot][1:]
    return {
        second
        for row, end in zip(rows, ends, strict=True)
        if not row.is_known
        for second in range(row.slot, min(end, row.slot + watched.interval))
    }
