"""The figures of a monitor over a span of time: its uptime, its outages and its error budgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from domain.analytics.uptime import Uptime
from models import Incident
from server.identity.principal import Call
from services.analytics import bars, latency, latency_series
from services.analytics.latency import Latency
from services.incidents import history as incident_history
from services.incidents.search import IncidentFilter
from services.monitors.views import MonitorView
from services.pagination import PageRequest
from services.slos import views as slo_views
from services.time_range import Window
from web.monitors import days, ranges
from web.monitors import latency as latency_charts
from web.monitors.latency import Chart
from web.monitors.ranges import Range
from web.slos import cards
from web.slos.cards import SloCard
from web.typed import spans

_MOST_OUTAGES = 20
_MOST_SLOS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`chosen` is a day whose outages are asked for; those of the range are shown otherwise."""

    range: Range
    uptime: Uptime
    latency: Latency
    days: Sequence[dict[str, object]]
    uptime_of_days: float | None
    chosen: date | None
    outages: Sequence[Incident]
    has_more_outages: bool
    percentiles: Chart
    phases: Chart
    slos: Sequence[SloCard]


def of(call: Call, view: MonitorView, given: MultiDict[str, str], zone: ZoneInfo) -> Overview:
    """Read what the overview of a monitor shows, with a constant number of queries."""
    session, monitor, now = call.session, view.monitor, call.now
    asked = ranges.read(given, zone=zone, now=now)
    past, in_range = bars.with_uptime(session, monitor, asked.window, zone=zone, now=now)
    chosen = _day(given.get("day", ""))
    outages, has_more = _outages(call, view, _window(asked, chosen, zone))
    series = latency_series.of_monitor(session, monitor, asked.window, now=now)
    spans = outages if chosen is None else _outages(call, view, asked.window)[0]
    return Overview(
        range=asked,
        uptime=in_range,
        latency=latency.of_monitor(session, monitor, asked.window),
        days=days.shown(past),
        uptime_of_days=days.total(past),
        chosen=chosen,
        outages=outages,
        has_more_outages=has_more,
        percentiles=latency_charts.percentiles(series, latency_charts.outages(spans, asked.window)),
        phases=latency_charts.phases(series),
        slos=_slos(call, view),
    )


def _slos(call: Call, view: MonitorView) -> Sequence[SloCard]:
    """Return the first SLOs in which the monitor counts."""
    found = slo_views.page(
        call.session,
        call.organization_id,
        PageRequest(limit=_MOST_SLOS),
        monitor=view.monitor,
    )
    return cards.of(call, found.items)


def _window(asked: Range, chosen: date | None, zone: ZoneInfo) -> Window:
    if chosen is None:
        return asked.window
    following = chosen + timedelta(days=1)
    return Window(spans.midnight(chosen, zone), spans.midnight(following, zone))


def _outages(call: Call, view: MonitorView, window: Window) -> tuple[list[Incident], bool]:
    found = incident_history.page(
        call.session,
        call.organization_id,
        IncidentFilter(start=window.start, end=window.end),
        PageRequest(limit=_MOST_OUTAGES),
        monitor=view.monitor,
    )
    return [each.incident for each in found.items], found.next_cursor is not None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2037, 12, 30) else None
