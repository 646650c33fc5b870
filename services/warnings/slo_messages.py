"""Messages about an error budget that burns too fast: to people, and to subscribers of events."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent, spoken_duration
from domain.analytics import burn_rate
from domain.analytics.burn_rate import LOOKED_BACK, WINDOWS, BurnRates
from domain.analytics.error_budget import Amount, ErrorBudget
from domain.analytics.slo_period import Rolling
from domain.analytics.uptime import Span
from domain.evaluation.state import Severity
from models import BurnRate, Monitor, Slo, SloContactGroup
from models.slo import Indicator
from services.alerting import monitor_targets, notification_targets
from services.dependencies import dependencies
from services.events import emit as emit_event
from services.events import payloads as event_payloads
from services.events import schemas as event_schemas
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination
from services.slos import availability, scopes, status


def emit(session: Session, slo: Slo, row: BurnRate, fastest: BurnRates, *, now: datetime) -> None:
    """Write the event of a new episode, or of one that got faster, for its subscribers."""
    emit_event.emit(
        session,
        slo.organization_id,
        ["slo.burn_rate"],
        lambda: _event(session, slo, fastest),
        monitor_id=slo.monitor_id,
        once=_about(row, fastest.rule.factor),
        now=now,
    )


def notify(
    session: Session, slo: Slo, row: BurnRate, fastest: BurnRates, *, now: datetime
) -> float | None:
    """Notify people; return the factor that they were notified of, or None if there is no reason.

    For an SLO of one monitor, the outages that a parent caused belong to the parent. While a parent
    is down, the cause is not known, so nothing is sent.
    """
    monitor = None if slo.monitor_id is None else session.get_one(Monitor, slo.monitor_id)
    if monitor is not None and slo.indicator is Indicator.AVAILABILITY:
        own = _own(session, slo, monitor, fastest, now=now)
        if own is None or own.rule.factor <= (row.notified_factor or 0):
            return None
        fastest = own
    deliveries.record(
        session,
        organization_id=slo.organization_id,
        dedup_key=_about(row, fastest.rule.factor),
        event=AlertEvent.BURN_RATE,
        channels=_recipients(session, slo, monitor, now=now),
        monitor_id=slo.monitor_id,
        facts=_facts(session, slo, fastest, now=now),
        now=now,
    )
    return fastest.rule.factor


def _own(
    session: Session, slo: Slo, monitor: Monitor, fastest: BurnRates, *, now: datetime
) -> BurnRates | None:
    """Return the fastest rule that the outages exceed which no parent caused."""
    if dependencies.is_parent_down(session, monitor.id):
        return None
    since = now - timedelta(seconds=LOOKED_BACK)
    explained = dependencies.explained(session, monitor.id, since=since)
    if not explained:
        return fastest
    until = now.timestamp()
    down = availability.down_apart_from(session, monitor, explained, now=now)
    amounts = [Amount(down(Span(until - window, until)), window) for window in WINDOWS]
    return burn_rate.burning(status.rates_of(slo, amounts))


def _recipients(
    session: Session, slo: Slo, monitor: Monitor | None, *, now: datetime
) -> list[Destination]:
    """Return the channels of the SLO's own groups, or else those of its one monitor."""
    has_groups = session.scalar(
        select(SloContactGroup.slo_id).where(SloContactGroup.slo_id == slo.id).limit(1)
    )
    if monitor is not None and has_groups is None:
        return monitor_targets.recipients(session, monitor, Severity.DEGRADED, now=now)
    people = notification_targets.of_contacts(
        session,
        slo.organization_id,
        outbox_recipients.contacts_of_slo(session, slo),
        Severity.DEGRADED,
        now=now,
    )
    return notification_targets.recipients(people.first())


def _about(row: BurnRate, factor: float) -> str:
    return f"slo/{row.slo_id}/burn_rate/{row.since.timestamp():.6f}/{factor}"


def _event(session: Session, slo: Slo, fastest: BurnRates) -> event_schemas.BurnRate:
    monitor = None if slo.monitor_id is None else session.get_one(Monitor, slo.monitor_id)
    return event_schemas.BurnRate(
        slo=event_schemas.Slo(
            id=slo.public_id,
            name=slo.name,
            indicator=slo.indicator,
            target_percent=slo.target_percent,
            rolling_days=slo.rolling_days,
            calendar=slo.calendar,
            tag=slo.tag,
        ),
        monitor=None if monitor is None else event_payloads.monitor(monitor),
        burn_rate=round(fastest.long, 2),
        long_window_seconds=fastest.rule.long,
        short_window_seconds=fastest.rule.short,
    )


def _facts(
    session: Session, slo: Slo, fastest: BurnRates, *, now: datetime
) -> Mapping[str, object]:
    budget = status.of(session, slo.organization_id, [slo], now=now)[slo.id].budget
    lately = spoken_duration(timedelta(seconds=fastest.rule.long))
    bad = "Downtime" if slo.indicator is Indicator.AVAILABILITY else "The share of slow checks"
    rate = f"{fastest.long:.1f}"
    # A message about several monitors names none of them, but the organization.
    headline = f"Error budget of {slo.name} burning fast" if slo.monitor_id is None else ""
    return {
        "headline": headline,
        "cause": f"{bad} in the last {lately} was {rate} times what the objective allows.",
        "facts": [
            ("SLO", slo.name),
            ("Objective", _objective(slo)),
            ("Error budget used", _used(slo, budget)),
        ],
    }


def _objective(slo: Slo) -> str:
    period = scopes.period_of(slo)
    over = f"over {period.days} days" if isinstance(period, Rolling) else f"per {period.unit}"
    fast = "" if slo.threshold_ms is None else f" within {slo.threshold_ms} ms"
    return f"{slo.target_percent:g} %{fast} {over}"


def _used(slo: Slo, budget: ErrorBudget) -> str:
    if slo.indicator is Indicator.LATENCY:
        return f"{budget.used:.0f} of {budget.total:.0f} checks"
    used, total = (timedelta(seconds=each) for each in (budget.used, budget.total))
    return f"{spoken_duration(used)} of {spoken_duration(total)}"
