"""Burn rates: SLOs that use up their error budget too fast.

Each episode notifies once, and again if the burn rate exceeds a higher threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session

from domain.analytics import burn_rate
from domain.analytics.burn_rate import LONGEST_SHORT, LOOKED_BACK, BurnRates
from domain.analytics.sketch import RELATIVE_ERROR
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Severity
from models import BurnRate, CheckResult, Incident, Slo
from models.slo import Indicator
from services import locks
from services.after_commit import hints
from services.locks import Lock
from services.slos import status
from services.time_range import slot_from
from services.warnings import slo_messages
from services.warnings.slo_messages import Burn

MOST = 250
"""The most SLOs of one sweep, so that its transaction stays short on a busy machine, too."""


class After(NamedTuple):
    """The SLO after which a sweep continues."""

    organization_id: int
    slo_id: int


FIRST = After(0, 0)


def sweep(
    session: Session, *, now: datetime, after: After = FIRST, limit: int = MOST
) -> After | None:
    """Examine the SLOs that were violated lately, unless another sweep is running.

    The number of queries depends on the number of organizations, and not on that of their SLOs.
    Return where to continue, or None at the end.
    """
    if not locks.try_take(session, Lock.SLO_BURN_SWEEP):
        return None
    rows = session.execute(
        select(Slo, BurnRate)
        .outerjoin(BurnRate, BurnRate.slo_id == Slo.id)
        .where(
            tuple_(Slo.organization_id, Slo.id) > tuple_(*after),
            or_(BurnRate.slo_id.is_not(None), _was_down(now), _was_slow(now)),
        )
        .order_by(Slo.organization_id, Slo.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()
    for organization_id, found in groupby(rows, lambda row: row.Slo.organization_id):
        every = [_Examined(row.Slo, row.BurnRate) for row in found]
        _measure(session, organization_id, every, now=now)
        _examine(session, organization_id, every, now=now)
    if len(rows) < limit:
        return None
    last = rows[-1].Slo
    return After(last.organization_id, last.id)


@dataclass(slots=True)
class _Examined:
    """An SLO, its episode, and its burn rates."""

    slo: Slo
    row: BurnRate | None
    rates: Sequence[BurnRates] = ()


def _was_down(now: datetime) -> ColumnElement[bool]:
    """Return whether an outage may count in an SLO of availability."""
    since = now - timedelta(seconds=LOOKED_BACK)
    outage = exists().where(
        Incident.organization_id == Slo.organization_id,
        Incident.severity == Severity.DOWN,
        or_(Incident.ended_at.is_(None), Incident.ended_at > since),
    )
    return and_(
        Slo.indicator == Indicator.AVAILABILITY,
        or_(
            and_(Slo.monitor_id.is_(None), outage),
            outage.where(Incident.monitor_id == Slo.monitor_id),
        ),
    )


def _was_slow(now: datetime) -> ColumnElement[bool]:
    """Return whether a check may count against an SLO of latency: no rule is exceeded without one.

    An SLO of several monitors is always examined.
    """
    since = slot_from(now - timedelta(seconds=LONGEST_SHORT))
    slow = exists().where(
        CheckResult.monitor_id == Slo.monitor_id,
        CheckResult.slot >= since,
        CheckResult.outcome.in_([Outcome.UP, Outcome.DEGRADED]),
        CheckResult.total_us > Slo.threshold_ms * 1000 * (1 - 2 * RELATIVE_ERROR),
    )
    return and_(Slo.indicator == Indicator.LATENCY, or_(Slo.monitor_id.is_(None), slow))


def _measure(
    session: Session, organization_id: int, every: Sequence[_Examined], *, now: datetime
) -> None:
    slos = [each.slo for each in every]
    found = status.burn_rates(session, organization_id, slos, now=now)
    for each in every:
        each.rates = found[each.slo.id]


def _examine(
    session: Session, organization_id: int, every: Sequence[_Examined], *, now: datetime
) -> None:
    """Begin, continue or end the episodes of SLOs, and notify of those that are new or faster."""
    faster, unknown_to_people = [], []
    for each in every:
        fastest = burn_rate.burning(each.rates)
        if fastest is None:
            if each.row is not None and burn_rate.is_calm(each.rates):
                session.delete(each.row)
                hints.note(session, organization_id, "monitors")
            continue
        row = each.row or _begun(session, each.slo, now)
        burn = Burn(each.slo, row, fastest)
        factor = fastest.rule.factor
        if factor > row.factor:
            row.factor = factor
            hints.note(session, organization_id, "monitors")
            faster.append(burn)
        if factor > (row.notified_factor or 0):
            unknown_to_people.append(burn)
    slo_messages.emit(session, organization_id, faster, now=now)
    slo_messages.notify(session, organization_id, unknown_to_people, now=now)
    session.flush()


def _begun(session: Session, slo: Slo, now: datetime) -> BurnRate:
    row = BurnRate(slo_id=slo.id, organization_id=slo.organization_id, since=now, factor=0)
    session.add(row)
    return row
