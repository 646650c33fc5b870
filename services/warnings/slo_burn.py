"""Burn rates: monitors that use up their error budget too fast.

Each episode notifies once, and again if the burn rate exceeds a higher threshold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent, spoken_duration
from domain.analytics import burn_rate
from domain.analytics.burn_rate import LOOKED_BACK, Down, Objective, Rule
from domain.analytics.report import History, Outage
from domain.analytics.uptime import Span, uptime
from domain.evaluation.state import Severity
from models import BurnRate, Incident, Monitor
from services import locks
from services.after_commit import hints
from services.alerting import monitor_targets
from services.analytics.uptime import histories, of_monitor
from services.dependencies import dependencies
from services.events import emit as emit_event
from services.events import payloads as event_payloads
from services.events import schemas as event_schemas
from services.locks import Lock
from services.outbox import deliveries
from services.time_range import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of an error budget is used; both in seconds of the last days of the objective.

    `burning_since` is set while the budget burns too fast, by at least `factor`.
    """

    objective: Objective
    used: float
    burning_since: datetime | None
    factor: float | None


MOST = 100
"""The most monitors of one sweep, so that its transaction stays short."""


def sweep(session: Session, *, now: datetime, after: int = 0, limit: int = MOST) -> int | None:
    """Examine monitors with an SLO that were down lately, unless another sweep is running.

    Return the key after which to continue, or None at the end.
    """
    if not locks.try_take(session, Lock.SLO_BURN_SWEEP):
        return None
    rows = session.execute(
        select(Monitor, BurnRate)
        .outerjoin(BurnRate, BurnRate.monitor_id == Monitor.id)
        .where(
            Monitor.slo_target.is_not(None),
            Monitor.deleted_at.is_(None),
            Monitor.id > after,
            or_(BurnRate.monitor_id.is_not(None), _was_down(now)),
        )
        .order_by(Monitor.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        _examine(session, row.Monitor, row.BurnRate, now=now)
    return rows[-1].Monitor.id if len(rows) == limit else None


def forget(session: Session, monitor: Monitor) -> None:
    """Start again after a change of the SLO."""
    row = session.get(BurnRate, monitor.id)
    if row is not None:
        session.delete(row)


def budget(session: Session, monitor: Monitor, *, now: datetime) -> Budget | None:
    """Return the error budget of a monitor, or None without an objective."""
    if monitor.slo_target is None:
        return None
    target = _target(monitor)
    row = session.get(BurnRate, monitor.id)
    return Budget(
        objective=target,
        used=_used(session, monitor, target, now=now),
        burning_since=None if row is None else row.since,
        factor=None if row is None else row.factor,
    )


def _used(session: Session, monitor: Monitor, target: Objective, *, now: datetime) -> float:
    """Return the seconds of the period that were down."""
    period = Window(now - timedelta(days=target.days), now)
    return of_monitor(session, monitor, period, now=now).down


def _was_down(now: datetime) -> ColumnElement[bool]:
    since = now - timedelta(seconds=LOOKED_BACK)
    return exists().where(
        Incident.monitor_id == Monitor.id,
        Incident.severity == Severity.DOWN,
        or_(Incident.ended_at.is_(None), Incident.ended_at > since),
    )


def _examine(session: Session, monitor: Monitor, row: BurnRate | None, *, now: datetime) -> None:
    target = _target(monitor)
    start = now - timedelta(seconds=LOOKED_BACK)
    owner, window = monitor.organization_id, Window(start, now)
    happened = histories(session, owner, [monitor], window, now=now)[monitor.id]
    down = _down(happened, happened.outages, now=now)
    rule = burn_rate.burning(target, down)
    if rule is None:
        if row is not None and burn_rate.is_calm(target, down):
            session.delete(row)
            hints.note(session, owner, "monitors")
        return
    if row is None:
        row = BurnRate(monitor_id=monitor.id, organization_id=owner, since=now, factor=0)
        session.add(row)
    if rule.factor > row.factor:
        row.factor = rule.factor
        hints.note(session, owner, "monitors")
        rate = target.rate(down(rule.long), rule.long)
        _emit(session, monitor, row, _event(monitor, rule, rate), now=now)
    if rule.factor > (row.notified_factor or 0):
        _notify_contacts(session, monitor, row, happened, now=now)
    session.flush()


def _target(monitor: Monitor) -> Objective:
    return Objective(monitor.slo_target or 0, monitor.slo_days or 0)


def _down(happened: History, outages: Iterable[Outage], *, now: datetime) -> Down:
    spans = [Span(each.start, each.end) for each in outages]

    def down(seconds: int) -> float:
        return uptime(
            Span(now.timestamp() - seconds, now.timestamp()),
            monitored=happened.monitored,
            down=spans,
            unknown=happened.unknown,
            maintenance=happened.maintenance,
        ).down

    return down


def _emit(
    session: Session,
    monitor: Monitor,
    row: BurnRate,
    body: event_schemas.BurnRate,
    *,
    now: datetime,
) -> None:
    emit_event.emit(
        session,
        monitor.organization_id,
        ["slo.burn_rate"],
        lambda: body,
        monitor_id=monitor.id,
        once=_about(row, row.factor),
        now=now,
    )


def _notify_contacts(
    session: Session, monitor: Monitor, row: BurnRate, happened: History, *, now: datetime
) -> None:
    """Notify of the monitor's own outages: those that a parent caused belong to the parent.

    While a parent is down, the cause is not known, so nothing is sent.
    """
    if dependencies.is_parent_down(session, monitor.id):
        return
    start = now - timedelta(seconds=LOOKED_BACK)
    explained = dependencies.explained(session, monitor.id, since=start)
    outages = [each for each in happened.outages if each.start not in explained]
    target, down = _target(monitor), _down(happened, outages, now=now)
    rule = burn_rate.burning(target, down)
    if rule is None or rule.factor <= (row.notified_factor or 0):
        return
    row.notified_factor = rule.factor
    rate = target.rate(down(rule.long), rule.long)
    deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key=_about(row, rule.factor),
        event=AlertEvent.BURN_RATE,
        channels=monitor_targets.recipients(session, monitor, Severity.DEGRADED, now=now),
        monitor_id=monitor.id,
        facts=_facts(session, monitor, rule, rate, now=now),
        now=now,
    )


def _about(row: BurnRate, factor: float) -> str:
    return f"monitor/{row.monitor_id}/burn_rate/{row.since.timestamp():.6f}/{factor}"


def _event(monitor: Monitor, rule: Rule, rate: float) -> event_schemas.BurnRate:
    return event_schemas.BurnRate(
        monitor=event_payloads.monitor(monitor),
        target_percent=monitor.slo_target or 0,
        window_days=monitor.slo_days or 0,
        burn_rate=round(rate, 2),
        long_window_seconds=rule.long,
        short_window_seconds=rule.short,
    )


def _facts(
    session: Session, monitor: Monitor, rule: Rule, rate: float, *, now: datetime
) -> Mapping[str, object]:
    target = _target(monitor)
    used = _used(session, monitor, target, now=now)
    allowed = f"{target.percent:g} % over {target.days} days"
    lately = spoken_duration(timedelta(seconds=rule.long))
    budget = spoken_duration(timedelta(seconds=target.budget))
    return {
        "cause": f"Downtime in the last {lately} was {rate:.1f} times what the objective allows.",
        "facts": [
            ("Objective", allowed),
            ("Error budget used", f"{spoken_duration(timedelta(seconds=used))} of {budget}"),
        ],
    }
