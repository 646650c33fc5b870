"""Messages about an error budget that burns too fast: to people, and to subscribers of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent, spoken_duration
from domain.analytics import burn_rate
from domain.analytics.burn_rate import LOOKED_BACK, WINDOWS, BurnRates
from domain.analytics.error_budget import Amount, ErrorBudget
from domain.analytics.slo_period import Rolling
from domain.analytics.uptime import Span
from domain.evaluation.state import Severity
from models import BurnRate, Monitor, Slo
from models.slo import Indicator
from services.alerting import monitor_targets, notification_targets
from services.dependencies import dependencies
from services.events import emit as emit_event
from services.events import payloads as event_payloads
from services.events import schemas as event_schemas
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.deliveries import Message
from services.outbox.recipients import Destination
from services.slos import availability, scopes, status


@dataclass(frozen=True, slots=True)
class Burn:
    """An SLO with its episode, and the burn rates that exceed the fastest rule."""

    slo: Slo
    row: BurnRate
    fastest: BurnRates


def emit(session: Session, organization_id: int, burns: Sequence[Burn], *, now: datetime) -> None:
    """Write the events of new episodes, or of some that got faster, for their subscribers."""
    emit_event.emit_once_each(
        session,
        organization_id,
        "slo.burn_rate",
        [
            emit_event.Once(
                _about(each.row, each.fastest.rule.factor),
                each.slo.monitor_id,
                partial(_event, session, each.slo, each.fastest),
            )
            for each in burns
        ],
        now=now,
    )


def notify(session: Session, organization_id: int, burns: Sequence[Burn], *, now: datetime) -> None:
    """Notify people of these, with a constant number of queries, and note of what in their rows.

    For an SLO of one monitor, the outages that a parent caused belong to the parent. While a parent
    is down, the cause is not known, so nothing is sent.
    """
    if not burns:
        return
    known = _Known(session, organization_id, [each.slo for each in burns], now=now)
    messages = []
    for each in burns:
        burn = known.own(each)
        if burn is None or burn.fastest.rule.factor <= (each.row.notified_factor or 0):
            continue
        each.row.notified_factor = burn.fastest.rule.factor
        messages.append((known.message(burn), known.destinations(burn.slo)))
    deliveries.record_all(session, messages, now=now)


class _Known:
    """What the messages about some SLOs of an organization need."""

    def __init__(
        self, session: Session, organization_id: int, slos: Sequence[Slo], *, now: datetime
    ) -> None:
        self._session, self._now = session, now
        keys = {slo.monitor_id for slo in slos if slo.monitor_id is not None}
        monitors = session.scalars(select(Monitor).where(Monitor.id.in_(keys)))
        self._monitors = {monitor.id: monitor for monitor in monitors}
        since = now - timedelta(seconds=LOOKED_BACK)
        self._explained = dependencies.explained(session, keys, since=since)
        self._parent_down = dependencies.with_parent_down(session, keys)
        self._status = status.of(session, organization_id, slos, now=now)
        self._groups = outbox_recipients.groups_of_slos(session, [slo.id for slo in slos])
        self._of_monitors = outbox_recipients.groups_of_monitors(session, keys)
        self._found: dict[object, list[Destination]] = {}

    def own(self, burn: Burn) -> Burn | None:
        """Return the fastest rule that the outages exceed which no parent caused."""
        key = burn.slo.monitor_id
        if key is None or burn.slo.indicator is not Indicator.AVAILABILITY:
            return burn
        if key in self._parent_down:
            return None
        if key not in self._explained:
            return burn
        until = self._now.timestamp()
        down = availability.down_apart_from(
            self._session, self._monitors[key], self._explained[key], now=self._now
        )
        amounts = [Amount(down(Span(until - window, until)), window) for window in WINDOWS]
        fastest = burn_rate.burning(status.rates_of(burn.slo, amounts))
        return None if fastest is None else replace(burn, fastest=fastest)

    def message(self, burn: Burn) -> Message:
        slo = burn.slo
        return Message(
            organization_id=slo.organization_id,
            dedup_key=_about(burn.row, burn.fastest.rule.factor),
            event=AlertEvent.BURN_RATE,
            monitor_id=slo.monitor_id,
            facts=_facts(slo, burn.fastest, self._status[slo.id].budget),
        )

    def destinations(self, slo: Slo) -> list[Destination]:
        """Return the channels of the SLO's own groups, or else those of its one monitor.

        Equal groups and policies lead to the same channels, so they are read once.
        """
        groups = self._groups.get(slo.id, frozenset())
        monitor = None if slo.monitor_id is None else self._monitors[slo.monitor_id]
        if monitor is None or groups:
            key: object = groups
        else:
            key = self._of_monitors.get(monitor.id), monitor.escalation_policy_id
        if key not in self._found:
            self._found[key] = self._read(slo, monitor, has_groups=bool(groups))
        return self._found[key]

    def _read(self, slo: Slo, monitor: Monitor | None, *, has_groups: bool) -> list[Destination]:
        severity = Severity.DEGRADED
        if monitor is not None and not has_groups:
            return monitor_targets.recipients(self._session, monitor, severity, now=self._now)
        people = notification_targets.of_contacts(
            self._session,
            slo.organization_id,
            outbox_recipients.contacts_of_slo(self._session, slo),
            severity,
            now=self._now,
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


def _facts(slo: Slo, fastest: BurnRates, budget: ErrorBudget) -> Mapping[str, object]:
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
