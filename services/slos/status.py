"""The status of SLOs: budget, burn rates and forecast. The API, the pages and the alert share it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from domain.analytics import burn_rate
from domain.analytics.burn_rate import BurnRates
from domain.analytics.error_budget import (
    Amount,
    ErrorBudget,
    Usage,
    error_budget,
    exhausted_at,
    leaving,
)
from domain.analytics.slo_period import Rolling
from domain.analytics.uptime import Span
from models import Slo
from models.slo import Indicator
from services.slos import availability, latency, scopes
from services.slos.spans import Spans


@dataclass(frozen=True, slots=True)
class SloStatus:
    """The present period of an SLO, its budget, and its burn rates, the fastest rule first.

    Amounts are seconds of monitors for availability, and checks for latency.
    """

    period: Span
    budget: ErrorBudget
    burn_rates: Sequence[BurnRates]
    lately: float
    """How much was used per second over the longest window."""


@dataclass(frozen=True, slots=True)
class DayUsage:
    """A day of the period: how much was bad and good. Unknown time and maintenance are neither."""

    day: date
    span: Span
    bad: float
    good: float

    @property
    def percent(self) -> float | None:
        """The percentage that was good, or None if nothing is known."""
        known = self.bad + self.good
        return 100 * self.good / known if known else None


@dataclass(frozen=True, slots=True)
class SloHistory:
    """The days of a period until now, what they add up to, and when the budget is used up."""

    days: Sequence[DayUsage]
    percent: float | None
    exhausted_at: datetime | None


def of(
    session: Session, organization_id: int, slos: Sequence[Slo], *, now: datetime
) -> Mapping[int, SloStatus]:
    """Return the status of each SLO by its key, with a constant number of queries."""
    periods = {slo.id: scopes.period_of(slo).around(now, scopes.zone_of(slo)) for slo in slos}
    until = now.timestamp()
    windows = [Span(until - window, until) for window in burn_rate.WINDOWS]
    spans = {
        key: [Span(period.start, min(period.end, until)), *windows]
        for key, period in periods.items()
    }
    found = measured(session, organization_id, slos, spans, now=now)
    return {slo.id: _status(slo, periods[slo.id], found[slo.id], until) for slo in slos}


def measured(
    session: Session, organization_id: int, slos: Sequence[Slo], spans: Spans, *, now: datetime
) -> dict[int, list[Amount]]:
    """Return how much was bad, and all, in the spans of each SLO, by its key."""
    by_time = [slo for slo in slos if slo.indicator is Indicator.AVAILABILITY]
    by_checks = [slo for slo in slos if slo.indicator is Indicator.LATENCY]
    found: dict[int, list[Amount]] = {}
    if by_time:
        found |= availability.measured(session, organization_id, by_time, spans, now=now)
    if by_checks:
        found |= latency.measured(session, organization_id, by_checks, spans)
    return found


def burn_rates(
    session: Session, organization_id: int, slos: Sequence[Slo], *, now: datetime
) -> Mapping[int, Sequence[BurnRates]]:
    """Return the burn rates of each SLO by its key: those of its status, without the budget."""
    until = now.timestamp()
    windows = [Span(until - window, until) for window in burn_rate.WINDOWS]
    found = measured(session, organization_id, slos, {slo.id: windows for slo in slos}, now=now)
    return {slo.id: rates_of(slo, found[slo.id]) for slo in slos}


def rates_of(slo: Slo, amounts: Sequence[Amount]) -> Sequence[BurnRates]:
    """Return the burn rates from the amounts of the windows, in the order of `WINDOWS`."""
    by_window = dict(zip(burn_rate.WINDOWS, amounts, strict=True))
    return burn_rate.rates(scopes.objective_of(slo), by_window.__getitem__)


def history(session: Session, slo: Slo, status: SloStatus, *, now: datetime) -> SloHistory:
    """Return the days of the present period until now, and the forecast.

    Raise `Invalid` if more happened in it than one request may read.
    """
    past = Span(status.period.start, min(status.period.end, now.timestamp()))
    days = _READ[slo.indicator](session, slo, past, now)
    bad, good = sum(each.bad for each in days), sum(each.good for each in days)
    return SloHistory(
        days=days,
        percent=100 * good / (bad + good) if bad + good else None,
        exhausted_at=_forecast(slo, status, days, now.timestamp()),
    )


def _status(slo: Slo, period: Span, amounts: Sequence[Amount], now: float) -> SloStatus:
    of_period, *of_windows = amounts
    return SloStatus(
        period=period,
        budget=error_budget(scopes.objective_of(slo), of_period, period=period, now=now),
        burn_rates=rates_of(slo, of_windows),
        lately=of_windows[-1].bad / burn_rate.LOOKED_BACK,
    )


def _forecast(slo: Slo, status: SloStatus, days: Sequence[DayUsage], now: float) -> datetime | None:
    length = status.period.end - status.period.start
    is_rolling = isinstance(scopes.period_of(slo), Rolling)
    usages = [Usage(each.span, each.bad) for each in days]
    found = exhausted_at(
        status.budget,
        now=now,
        horizon=now + length if is_rolling else status.period.end,
        rate=status.lately,
        leaves=leaving(usages, length) if is_rolling else (),
    )
    return None if found is None else datetime.fromtimestamp(found, UTC)


def _of_time(session: Session, slo: Slo, span: Span, now: datetime) -> list[DayUsage]:
    return [
        DayUsage(day, part, found.down, found.up)
        for day, part, found in availability.by_day(session, slo, span, now=now)
    ]


def _of_checks(session: Session, slo: Slo, span: Span, _now: datetime) -> list[DayUsage]:
    return [
        DayUsage(day, part, found.bad, found.total - found.bad)
        for day, part, found in latency.by_day(session, slo, span)
    ]


_READ: Mapping[Indicator, Callable[[Session, Slo, Span, datetime], list[DayUsage]]] = {
    Indicator.AVAILABILITY: _of_time,
    Indicator.LATENCY: _of_checks,
}
