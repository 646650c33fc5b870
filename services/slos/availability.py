"""The availability of SLOs: seconds of monitors that were down, by the one function of uptime."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.burn_rate import LOOKED_BACK
from domain.analytics.days import Share, Windows
from domain.analytics.error_budget import Amount
from domain.analytics.report import History
from domain.analytics.slo_period import days
from domain.analytics.uptime import Span, Uptime, uptime
from domain.evaluation.state import Severity
from models import Incident, Monitor, Slo
from services.analytics.uptime import histories, of_selected
from services.slos import scopes
from services.slos.spans import Spans, around, window_of
from services.time_range import Window


def measured(
    session: Session,
    organization_id: int,
    slos: Sequence[Slo],
    spans: Spans,
    *,
    now: datetime,
) -> dict[int, list[Amount]]:
    """Return the seconds that were down, and all, in the spans of each SLO, by its key.

    Each second of each monitor counts the same. Unknown time, maintenance and unmonitored time
    are not down. The number of queries is constant.
    """
    window = around(spans)
    monitors = _were_down(session, organization_id, slos, window)
    found = histories(session, organization_id, monitors, window, now=now) if monitors else {}
    down = _Down(found, {monitor.id: monitor.tags for monitor in monitors})
    counts = scopes.counts(session, organization_id, slos)
    return {
        slo.id: [
            Amount(down.of(slo, each), counts[slo.id] * (each.end - each.start))
            for each in spans[slo.id]
        ]
        for slo in slos
    }


def _were_down(
    session: Session, organization_id: int, slos: Collection[Slo], window: Window
) -> Sequence[Monitor]:
    was_down = select(Incident.monitor_id).where(
        Incident.organization_id == organization_id,
        Incident.severity == Severity.DOWN,
        Incident.started_at < window.end,
        Incident.ended_at.is_(None) | (Incident.ended_at > window.start),
    )
    return session.scalars(
        select(Monitor).where(*scopes.in_any(organization_id, slos), Monitor.id.in_(was_down))
    ).all()


def down_in(history: History, span: Span) -> float:
    """Return the seconds of a span in which a monitor was down."""
    return uptime(
        span,
        monitored=history.monitored,
        down=[Span(each.start, each.end) for each in history.outages],
        unknown=history.unknown,
        maintenance=history.maintenance,
    ).down


def down_apart_from(
    session: Session, monitor: Monitor, ignored: Collection[float], *, now: datetime
) -> Callable[[Span], float]:
    """Return a function of a span: the seconds in it that were down, apart from some outages.

    `ignored` are the starts of those, in unix seconds. Spans lie in the longest window of a rule.
    """
    window = Window(now - timedelta(seconds=LOOKED_BACK), now)
    found = histories(session, monitor.organization_id, [monitor], window, now=now)[monitor.id]
    outages = [each for each in found.outages if each.start not in ignored]
    return lambda span: down_in(replace(found, outages=outages), span)


def by_day(
    session: Session, slo: Slo, span: Span, *, now: datetime
) -> list[tuple[date, Span, Uptime]]:
    """Return the uptime of all monitors of an SLO together in each local day of a span.

    Raise `Invalid` if more happened in it than one request may read.
    """
    local_days = days(span, scopes.zone_of(slo))
    if not local_days:
        return []
    owner, window = slo.organization_id, window_of(span)
    present = scopes.monitors_of(owner, [slo])
    read = of_selected(session, owner, present, window, now=now)
    windows = Windows([*(each.span.start for each in local_days), span.end])
    shares: list[tuple[int, list[Share]]] = [
        (1, windows.shares(history)) for history in read.histories.values()
    ]
    # Most monitors have nothing to tell, and the same monitored time.
    shares += [
        (count, windows.shares(History(monitored=[quiet])))
        for quiet, count in Counter(read.quiet).items()
    ]
    return [
        (each.day, each.span, _total([(count, found[i].uptime) for count, found in shares]))
        for i, each in enumerate(local_days)
    ]


def _total(parts: Sequence[tuple[int, Uptime]]) -> Uptime:
    return Uptime(
        up=sum(count * each.up for count, each in parts),
        down=sum(count * each.down for count, each in parts),
        unknown=sum(count * each.unknown for count, each in parts),
        maintenance=sum(count * each.maintenance for count, each in parts),
    )


class _Down:
    """Sums up how long monitors were down. What many SLOs share is computed once."""

    def __init__(self, found: Mapping[int, History], tags: Mapping[int, Sequence[str]]) -> None:
        self._found = found
        self._by_tag: dict[str, list[int]] = defaultdict(list)
        for key, of_key in tags.items():
            for tag in of_key:
                self._by_tag[tag].append(key)
        self._of_one = cache(lambda key, span: down_in(found[key], span))
        self._of_tag = cache(self._summed)

    def of(self, slo: Slo, span: Span) -> float:
        """Return the seconds in which the monitors of an SLO were down."""
        if slo.monitor_id is not None:
            return self._of_one(slo.monitor_id, span) if slo.monitor_id in self._found else 0.0
        return self._of_tag(slo.tag, span)

    def _summed(self, tag: str | None, span: Span) -> float:
        keys = self._found if tag is None else self._by_tag[tag]
        return sum(self._of_one(key, span) for key in keys)
