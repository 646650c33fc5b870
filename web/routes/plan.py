"""Plan and usage: what the organization may use, and how much of it is used."""

from datetime import timedelta

from flask import Response

from domain.metering import Meter
from domain.permissions import Permission
from server.identity.principal import Call
from services import time_range
from services.usage import hours, limits
from services.usage.hours import Step
from services.usage.limits import NOTICE
from web.rendering import render
from web.routing import Pages

pages = Pages("plan")

_SHOWN = timedelta(days=30)


@pages.page("/settings/plan", permission=Permission.ORGANIZATION_READ)
def show(call: Call) -> Response:
    view = limits.plan(call.session, call.organization_id, now=call.now)
    over = view.over_limit_since
    pause_at = over + NOTICE if over else None
    window = time_range.window(call.now - _SHOWN, None, now=call.now)
    days = hours.read(call.session, call.organization_id, window, step=Step.DAY)
    return render(
        "plan/plan.html",
        call,
        active="settings",
        view=view,
        pause_at=pause_at,
        totals=[(meter, hours.total(days, meter)) for meter in Meter],
    )
