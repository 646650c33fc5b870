"""Reports: how reliable everything was in a period, against the period before."""

from datetime import datetime, timedelta

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.analytics import organization_report
from services.errors import Invalid
from services.time_range import window
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


@pages.page("/reports", permission=Permission.ANALYSIS_READ)
def index(call: Call) -> Response:
    """Show a range that ends now, or a period by its start and end."""
    problems: list[str] = []
    try:
        name, start, end = _asked(call)
        asked = window(start, end, now=call.now)
        analysis = organization_report.of_organization(
            call.session, call.organization_id, asked, worst=_WORST, now=call.now
        )
    except Invalid as error:
        analysis, name = None, ""
        problems = [refusals.in_words(error)]
    return render(
        "reports/reports.html",
        call,
        active="reports",
        analysis=analysis,
        problems=problems,
        chosen=name,
        ranges={key: label for key, (_, label) in RANGES.items()},
        typed={each: request.args.get(each, "") for each in ("from", "to")},
    )


def _asked(call: Call) -> tuple[str, datetime | None, datetime | None]:
    start, end = (single.asked_moment(name) for name in ("from", "to"))
    if start is not None or end is not None:
        return "", start, end
    name = request.args.get("range", _USUAL)
    length, _ = RANGES.get(name, RANGES[_USUAL])
    return name if name in RANGES else _USUAL, call.now - length, call.now
