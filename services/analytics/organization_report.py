"""Analysis of all monitors of an organization over a time range, with the worst ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics import report as rules
from domain.analytics.report import Reliability
from domain.evaluation import heartbeat
from models import Monitor
from services.analytics import monitor_report, uptime
from services.analytics.monitor_report import Change
from services.errors import Invalid
from services.time_range import Window

MOST_CHECKS = 3_000_000
"""The most results that one request may read per period; larger ones need an export."""
_BATCH_CHECKS = 200_000


@dataclass(frozen=True, slots=True)
class Ranked:
    monitor: Monitor
    reliability: Reliability


@dataclass(frozen=True, slots=True)
class Period:
    window: Window
    reliability: Reliability


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationAnalysis:
    """The analysis of the present monitors; `worst` has only those that were down."""

    monitors: int
    current: Period
    previous: Period
    change: Change
    worst: Sequence[Ranked]


def of_organization(
    session: Session, organization_id: int, asked: Window, *, worst: int, now: datetime
) -> OrganizationAnalysis:
    """Analyze a window and the one of the same length before it, with the worst monitors.

    Raise `Invalid` if that reads too many results.
    """
    monitors = session.scalars(
        select(Monitor).where(
            Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
        )
    ).all()
    current, previous = monitor_report.periods(asked, now=now)
    _refuse_too_much(monitors, current)
    ranked = list(_each(session, organization_id, monitors, current, now))
    total = rules.total(each.reliability for each in ranked)
    earlier = rules.total(
        each.reliability for each in _each(session, organization_id, monitors, previous, now)
    )
    return OrganizationAnalysis(
        monitors=len(monitors),
        current=Period(current, total),
        previous=Period(previous, earlier),
        change=monitor_report.change(total, earlier),
        worst=_worst(ranked, worst),
    )


def _worst(ranked: Iterable[Ranked], most: int) -> list[Ranked]:
    failed = [each for each in ranked if each.reliability.uptime.down]
    failed.sort(key=lambda each: (each.reliability.availability or 0, each.monitor.name))
    return failed[:most]


def _each(
    session: Session,
    organization_id: int,
    monitors: Iterable[Monitor],
    window: Window,
    now: datetime,
) -> Iterator[Ranked]:
    for batch in _batches(monitors, window):
        found = uptime.histories(session, organization_id, batch, window, now=now)
        for monitor in batch:
            yield Ranked(monitor, rules.reliability(monitor_report.span(window), found[monitor.id]))


def _batches(monitors: Iterable[Monitor], window: Window) -> Iterator[list[Monitor]]:
    """Group monitors that one statement can read in time, heartbeats separately.

    A missing ping may follow from an old result, so more rows are read for heartbeats.
    """
    kinds = groupby(sorted(monitors, key=_is_heartbeat), key=_is_heartbeat)
    for _, same in kinds:
        batch: list[Monitor] = []
        checks = 0.0
        for monitor in same:
            batch.append(monitor)
            checks += _checks(monitor, window)
            if checks >= _BATCH_CHECKS:
                yield batch
                batch, checks = [], 0.0
        if batch:
            yield batch


def _is_heartbeat(monitor: Monitor) -> bool:
    return monitor.kind == heartbeat.KIND


def _checks(monitor: Monitor, window: Window) -> float:
    """Return the approximate number of results of a monitor in the window."""
    seconds = (window.end - max(window.start, monitor.created_at)).total_seconds()
    return max(seconds, 0) / monitor.interval_seconds * len(monitor.region_ids)


def _refuse_too_much(monitors: Iterable[Monitor], window: Window) -> None:
    expected = sum(_checks(monitor, window) for monitor in monitors)
    if expected > MOST_CHECKS:
        problem = (
            f"The monitors make about {expected:,.0f} checks in this time; at most {MOST_CHECKS:,}"
            " can be summed up at once. Ask for less time, or by monitor."
        )
        raise Invalid({"from": [problem]})
