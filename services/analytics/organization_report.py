"""Analysis of all monitors of an organization over a time range, with the worst ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.analytics.report import Reliability
from models import Monitor
from services.analytics import monitor_report
from services.analytics.monitor_report import Change
from services.pg_arrays import any_of
from services.time_range import Window

if TYPE_CHECKING:
    from services.analytics.fleet.summing import Summary


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
    """The analysis of the current monitors; `worst` has only those that were down."""

    monitors: int
    current: Period
    previous: Period
    change: Change
    worst: Sequence[Ranked]


def of_organization(
    session: Session, organization_id: int, asked: Window, *, worst: int, now: datetime
) -> OrganizationAnalysis:
    """Analyze a window and the one of the same length before it, with the worst monitors.

    Raise `Invalid` if more happened in them than one request may read.
    """
    # numpy, which processes load that analyse an organization.
    from services.analytics.fleet import reading, summing  # noqa: PLC0415

    current, previous = monitor_report.periods(asked, now=now)
    both = Window(previous.start, current.end)
    read = reading.of_organization(session, organization_id, both, now=now)
    found, earlier = (
        summing.summary(monitor_report.span(window), read) for window in (current, previous)
    )
    return OrganizationAnalysis(
        monitors=_count(session, organization_id),
        current=Period(current, found.total),
        previous=Period(previous, earlier.total),
        change=monitor_report.change(found.total, earlier.total),
        worst=_worst(session, organization_id, found, worst),
    )


def _count(session: Session, organization_id: int) -> int:
    return session.execute(
        select(func.count()).where(
            Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
        )
    ).scalar_one()


def _worst(session: Session, organization_id: int, found: "Summary", most: int) -> list[Ranked]:
    """Return those with the lowest availability; of equal ones, those first by name.

    Outages of one cause last equally long, so that thousands may be equal: few of them are read.
    """
    shares = found.availabilities
    if not (count := min(most, len(shares))):
        return []
    last = sorted(shares.tolist())[count - 1]
    worse, equal = (found.down[some].tolist() for some in (shares < last, shares == last))
    is_equal = any_of(Monitor.id.expression, equal)
    monitors = session.scalars(
        select(Monitor)
        .where(Monitor.organization_id == organization_id, Monitor.id.in_(worse) | is_equal)
        .order_by(is_equal, Monitor.name.collate("C"))
        .limit(most)
    )
    failed = [Ranked(monitor, found.reliability_of(monitor.id)) for monitor in monitors]
    failed.sort(key=lambda each: (each.reliability.availability or 0, each.monitor.name))
    return failed
