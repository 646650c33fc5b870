"""Analysis of one monitor over a time range, compared with the range before it."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from domain.analytics import report as analytics_report
from domain.analytics.report import Apdex, Reliability
from domain.analytics.uptime import Span
from models import Monitor
from services.analytics import apdex, latency, uptime
from services.analytics.latency import Latency
from services.errors import Invalid
from services.rollups import reading
from services.time_range import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodMetrics:
    window: Window
    reliability: Reliability
    latency: Latency
    apdex: Apdex | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The differences between the metrics; None where one of them is not known."""

    availability: float | None
    down: float | None
    incidents: int
    mttr: float | None
    mtbf: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorChange(Change):
    p95: float | None
    apdex: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorAnalysis:
    monitor: Monitor
    current: PeriodMetrics
    previous: PeriodMetrics
    change: MonitorChange


def of_monitor(
    session: Session, monitor: Monitor, asked: Window, *, threshold_ms: int | None, now: datetime
) -> MonitorAnalysis:
    """Analyze a window, and the one of the same length before it."""
    windows = periods(asked, now=now)
    current, previous = (
        _metrics(session, monitor, window, threshold_ms=threshold_ms, now=now) for window in windows
    )
    return MonitorAnalysis(
        monitor=monitor,
        current=current,
        previous=previous,
        change=MonitorChange(
            **asdict(change(current.reliability, previous.reliability)),
            p95=analytics_report.change(current.latency.p95, previous.latency.p95),
            apdex=analytics_report.change(_score(current), _score(previous)),
        ),
    )


def periods(asked: Window, *, now: datetime) -> tuple[Window, Window]:
    """Return the past part of the window, and a window of the same length before it.

    Raise `Invalid` if the window starts in the future.
    """
    if asked.start >= now:
        raise Invalid({"from": ["Must be in the past."]})
    current = Window(asked.start, min(asked.end, now))
    return current, _window(analytics_report.before(span(current)))


def span(window: Window) -> Span:
    return Span(window.start.timestamp(), window.end.timestamp())


def change(now: Reliability, then: Reliability) -> Change:
    """Return the difference of each metric; None if either is not known."""
    return Change(
        availability=analytics_report.change(now.availability, then.availability),
        # Without any known time, a downtime of zero is not an improvement.
        down=analytics_report.change(_known_down(now), _known_down(then)),
        incidents=now.incidents - then.incidents,
        mttr=analytics_report.change(now.mttr, then.mttr),
        mtbf=analytics_report.change(now.mtbf, then.mtbf),
    )


def _metrics(
    session: Session, monitor: Monitor, window: Window, *, threshold_ms: int | None, now: datetime
) -> PeriodMetrics:
    found = uptime.histories(session, monitor.organization_id, [monitor], window, now=now)
    rollup = reading.of_monitor(session, monitor, window)
    return PeriodMetrics(
        window=window,
        reliability=analytics_report.reliability(span(window), found[monitor.id]),
        latency=latency.of(session, monitor, window, rollup),
        apdex=apdex.of(session, monitor, window, rollup, threshold_ms=threshold_ms),
    )


def _known_down(reliability: Reliability) -> float | None:
    return None if reliability.availability is None else reliability.uptime.down


def _score(metrics: PeriodMetrics) -> float | None:
    return metrics.apdex.score if metrics.apdex else None


def _window(span: Span) -> Window:
    return Window(datetime.fromtimestamp(span.start, UTC), datetime.fromtimestamp(span.end, UTC))
