"""Reports: how reliable one monitor or everything was in a period, against the period before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import Response, request

from domain.evaluation import heartbeat
from domain.permissions import Permission
from server.identity.principal import Call
from services.analytics import monitor_report, organization_report
from services.analytics.apdex import LONGEST_THRESHOLD_MS
from services.errors import Invalid
from services.monitors import views as monitor_views
from services.time_range import Window, window
from web import refusals
from web.rendering import render
from web.routing import Pages
from web.translations import marked
from web.typed import single

pages = Pages("reports")

RANGES = {
    "24h": (timedelta(hours=24), marked("24 h")),
    "7d": (timedelta(days=7), marked("7 d")),
    "30d": (timedelta(days=30), marked("30 d")),
    "90d": (timedelta(days=90), marked("90 d")),
}
_USUAL = "7d"
_WORST = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report(Generic[T]):
    """An analysis of the asked period, or why there is none. `chosen` is the range with a name."""

    analysis: T | None = None
    chosen: str = ""
    problems: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """Return what the templates of reports take."""
        return {
            "analysis": self.analysis,
            "problems": self.problems,
            "chosen": self.chosen,
            "ranges": {key: label for key, (_, label) in RANGES.items()},
            "typed": {each: request.args.get(each, "") for each in ("from", "to", "threshold")},
        }


@pages.page("/reports", permission=Permission.ANALYSIS_READ)
def index(call: Call) -> Response:
    """Show a range that ends now, or a period by its start and end."""
    report = _read(
        call,
        lambda asked: organization_report.of_organization(
            call.session, call.organization_id, asked, worst=_WORST, now=call.now
        ),
    )
    return render("reports/reports.html", call, active="reports", **report.shown())


@pages.page("/reports/monitors/<uuid:monitor_id>", permission=Permission.ANALYSIS_READ)
def show_monitor(call: Call, monitor_id: UUID) -> Response:
    """Show the same of one monitor, with its response times."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    report = _read(
        call,
        lambda asked: monitor_report.of_monitor(
            call.session,
            monitor,
            asked,
            threshold_ms=single.asked_whole("threshold", 1, LONGEST_THRESHOLD_MS),
            now=call.now,
        ),
    )
    return render(
        "reports/monitor.html",
        call,
        active="reports",
        monitor=monitor,
        is_heartbeat=monitor.kind == heartbeat.KIND,
        most_threshold=LONGEST_THRESHOLD_MS,
        **report.shown(),
    )


def _read(call: Call, analyze: Callable[[Window], T]) -> _Report[T]:
    try:
        name, start, end = _asked(call)
        return _Report(analysis=analyze(window(start, end, now=call.now)), chosen=name)
    except Invalid as error:
        return _Report(problems=(refusals.in_words(error),))


def _asked(call: Call) -> tuple[str, datetime | None, datetime | None]:
    start, end = (single.asked_moment(name) for name in ("from", "to"))
    if start is not None or end is not None:
        return "", start, end
    name = request.args.get("range", _USUAL)
    length, _ = RANGES.get(name, RANGES[_USUAL])
    return name if name in RANGES else _USUAL, call.now - length, call.now
