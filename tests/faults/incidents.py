"""Rules about incidents: they are the runs of failing rows, neither earlier, later, more nor fewer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Outage, Request, Row, Span, Watched
from tests.faults.matching import explained
from tests.faults.promises import SLACK, apart
from tests.faults.rows import unknown_seconds

_ROUNDING = 0.05
"""Seconds by which the distance of two probes may differ from that of their rows."""
_DOUBT = 0.6
"""Seconds by which it may differ from that of their requests."""
_LATE_BY_THEN = 12
"""Seconds that two checks in a row may be late in all when nothing is disturbed."""


def outages(
    watched: Watched, disturbed: tuple[Span, ...], blips: tuple[Span, ...]
) -> Iterator[str]:
    """Each incident is a run of failing rows, and each run that is confirmed has one."""
    runs = _runs(watched)
    for outage in watched.outages:
        yield from _has_a_reason(outage, runs, watched, disturbed)
        yield from _began_in_truth(outage, watched, blips)
    for run in runs:
        yield from _is_recorded(run, watched.outages, disturbed)
    yield from _calm_outages(watched, disturbed)


class _Run:
    """Failing rows with no good one between them; `end` is the slot of the good one after them.

    `starts` are those at which the run may begin: its first, and each after so much unknown time
    that what was seen before it counts no more.
    """

    def __init__(self, rows: Sequence[Row], end: int | None, watched: Watched) -> None:
        self.rows = rows
        self.end = end
        self._watched = watched
        self._unknown = unknown_seconds(watched)
        self._interval = watched.interval
        self._apart = apart(watched.interval, watched.site.recheck)
        self._seen = _MomentsSeen(watched)

    @property
    def starts(self) -> list[int]:
        first = [self.rows[0].slot]
        return first + [
            row.slot for before, row in pairwise(self.rows) if self._is_broken(before, row)
        ]

    def may_be_confirmed(self, start: int) -> bool:
        """Tell whether two failures from this start on are far enough apart to count both."""
        counted = list(self._unbroken(start, self._is_broken_for_sure))
        return any(self._distance(counted[0], row) >= self._apart - _DOUBT for row in counted[1:])

    def is_confirmed(self) -> bool:
        """Tell whether two failures, with nothing unknown between them, make an outage for sure."""
        return any(
            row.began - first.began >= self._apart + _ROUNDING
            for first in self.rows
            for row in self._unbroken(first.slot, self._may_be_broken)
        )

    def is_confirmed_without_any_row(self) -> bool:
        """Tell the same if any one of the failures did not count."""
        return len(self.rows) > 1 and all(self._without(row).is_confirmed() for row in self.rows)

    def _without(self, row: Row) -> "_Run":
        rest = [each for each in self.rows if each is not row]
        return _Run(rest, self.end, self._watched)

    def _distance(self, one: Row, other: Row) -> float:
        return self._seen.moment(other) - self._seen.moment(one)

    def _unbroken(self, start: int, is_broken: Callable[[Row, Row], bool]) -> Iterator[Row]:
        before: Row | None = None
        for row in self.rows:
            if row.slot < start:
                continue
            if before and is_broken(before, row):
                return
            yield row
            before = row

    def _is_broken(self, one: Row, other: Row) -> bool:
        return self._blind(one, other) > self._interval

    def _may_be_broken(self, one: Row, other: Row) -> bool:
        return self._blind(one, other) > 0

    def _blind(self, one: Row, other: Row) -> int:
        return sum(second in self._unknown for second in range(one.slot, other.slot))

    def _is_broken_for_sure(self, one: Row, other: Row) -> bool:
        """Tell it by what was known at the time: of the unknown rows, those that came in order.

        One that was written after a newer row counts neither way. Without one, nothing is known from
        one interval after the last row on.
        """
        between = [row for row in sorted(self._watched.rows) if one.slot < row.slot <= other.slot]
        in_order = [
            row.slot
            for number, row in enumerate(between)
            if not row.is_known and not self._may_be_overtaken(row, between[number + 1 :])
        ]
        return other.slot - min([one.slot + self._interval, *in_order]) > self._interval

    def _may_be_overtaken(self, row: Row, newer: Sequence[Row]) -> bool:
        """Tell whether one of the newer checks may have ended before this unknown one."""
        if not row.lateness:
            # Nobody began it: it was closed when it was too old.
            return bool(newer)
        ended = row.began + self._watched.timeout + SLACK
        return any(each.began <= ended for each in newer)


class _MomentsSeen:
    """When the site was asked for a row: by its own account, if it has one."""

    def __init__(self, watched: Watched) -> None:
        self._matched: dict[Row, Request] = explained(watched)

    def moment(self, row: Row) -> float:
        return self._matched[row].at if row in self._matched else row.began


def _runs(watched: Watched) -> list[_Run]:
    known = sorted(row for row in watched.rows if row.is_known)
    runs: list[_Run] = []
    failing: list[Row] = []
    for row in known:
        if row.outcome is Outcome.DOWN:
            failing.append(row)
        elif failing:
            runs.append(_Run(failing, row.slot, watched))
            failing = []
    return [*runs, _Run(failing, None, watched)] if failing else runs


def _has_a_reason(
    outage: Outage, runs: Sequence[_Run], watched: Watched, disturbed: tuple[Span, ...]
) -> Iterator[str]:
    """Require a run that the incident is, if need be without good rows that came too late to count."""
    found = list(_contradictions(outage, runs))
    if found and (late := _overtaken(outage, watched, disturbed)):
        in_order = tuple(row for row in watched.rows if row not in late)
        if not any(_contradictions(outage, _runs(replace(watched, rows=in_order)))):
            return
    yield from found


def _overtaken(outage: Outage, watched: Watched, disturbed: tuple[Span, ...]) -> set[Row]:
    """Return the good rows in an incident that may have been stored after a failure of a newer slot."""
    during = Span(outage.started, inf if outage.ended is None else outage.ended)
    known = [row for row in watched.rows if row.is_known and during.contains(row.slot)]
    failing = [row for row in known if row.outcome is Outcome.DOWN]
    return {
        row
        for row in known
        if row not in failing
        and any(
            row.slot < each.slot and each.began <= _stored_by(row, watched, disturbed)
            for each in failing
        )
    }


def _stored_by(row: Row, watched: Watched, disturbed: tuple[Span, ...]) -> float:
    """Return when a row was stored at the latest: a worker that stands keeps what it knows."""
    stored = row.began + watched.timeout + SLACK
    for stop in sorted([*watched.stops, *disturbed]):
        if stop.touches(Span(row.began, stored)):
            stored = max(stored, stop.end + SLACK)
    return stored


def _contradictions(outage: Outage, runs: Sequence[_Run]) -> Iterator[str]:
    run = next((run for run in runs if outage.started in run.starts), None)
    if run is None:
        yield f"the incident of {outage.started:.0f} does not begin where a run of failing rows does"
        return
    if not run.may_be_confirmed(int(outage.started)):
        yield f"the incident of {outage.started:.0f} was confirmed by nothing"
    if outage.ended != run.end:
        yield f"the incident of {outage.started:.0f} ended at {outage.ended}, its run at {run.end}"


def _began_in_truth(outage: Outage, watched: Watched, blips: tuple[Span, ...]) -> Iterator[str]:
    """No incident begins before the site failed by more than one interval."""
    single = [Span(each.at, each.at) for each in watched.requests if not each.is_good]
    failing = [*watched.site.outages, *blips, *single]
    if not any(each.start - watched.interval <= outage.started <= each.end for each in failing):
        yield f"the incident began at {outage.started:.0f}, when the site was up"


def _is_recorded(
    run: _Run, recorded: Sequence[Outage], disturbed: tuple[Span, ...]
) -> Iterator[str]:
    """Require an incident of a run that is confirmed.

    Among faults a result may be stored after one of a newer slot: then it counts neither way, so that
    it takes one failure more.
    """
    first, last = run.rows[0].slot, run.rows[-1].slot
    around = Span(first - _LATE_BY_THEN, last + _LATE_BY_THEN)
    is_calm = not any(fault.touches(around) for fault in disturbed)
    is_confirmed = run.is_confirmed() if is_calm else run.is_confirmed_without_any_row()
    if is_confirmed and not any(_covers(each, first, last) for each in recorded):
        yield f"no incident, though the rows from {first} to {last} confirm an outage"


def _covers(outage: Outage, first: int, last: int) -> bool:
    """Tell whether an incident lasted at one of these slots, which it may have begun before."""
    return outage.started <= last and (outage.ended is None or outage.ended > first)


def _calm_outages(watched: Watched, disturbed: tuple[Span, ...]) -> Iterator[str]:
    """Require an incident of an outage that two checks fall into and that no fault came near."""
    hanging = 2 * watched.timeout if watched.site.hangs else 0
    two_checks = watched.interval + watched.site.recheck + hanging + _LATE_BY_THEN
    for outage in watched.site.outages:
        if outage.end - outage.start < two_checks:
            continue
        around = Span(outage.start - watched.interval, outage.end)
        if any(fault.touches(around) for fault in disturbed):
            continue
        if not any(around.contains(each.started) for each in watched.outages):
            yield f"the outage of {outage.start:.0f} has no incident, and no fault explains that"
