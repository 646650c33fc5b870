"""Plan and usage: what the organization may use, and how much of it is used."""

from datetime import timedelta

from flask import Response, request

from domain.permissions import Permission
from domain.plans.metering import Meter
from server.identity.principal import Call
from server.request import billing_calls
from server.resources import resources
from services import time_range
from services.billing import links
from services.billing.links import BillingView, Visitor
from services.usage import hours, limits
from services.usage.hours import Step
from services.usage.limits import NOTICE
from web.forms import EMPTY, Form
from web.rendering import render
from web.routing import Pages

pages = Pages("plan")

_SHOWN = timedelta(days=30)


@pages.page("/settings/plan", permission=Permission.ORGANIZATION_READ)
def show(call: Call, form: Form = EMPTY) -> Response:
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
        billing=_billing(call),
        form=form,
    )


@pages.action("/settings/plan/subscribe", permission=Permission.BILLING_WRITE, again=show)
def subscribe(call: Call) -> Response:
    url = links.checkout(
        call.session,
        call.organization_id,
        request.form.get("plan", ""),
        _visitor(call),
        now=call.now,
    )
    return _leave(call, url)


@pages.action("/settings/plan/portal", permission=Permission.BILLING_WRITE, again=show)
def open_portal(call: Call) -> Response:
    return _leave(
        call, links.portal(call.session, call.organization_id, _visitor(call), now=call.now)
    )


def _leave(call: Call, url: str) -> Response:
    """Show the link: forms of our pages may lead to no other site, not even by a redirect."""
    return render("plan/leave.html", call, active="settings", url=url)


def _billing(call: Call) -> BillingView | None:
    """Return the subscription, if there is a provider and the reader may see it."""
    is_shown = Permission.BILLING_READ in call.principal.permissions
    if not is_shown or resources().settings.billing == "none":
        return None
    return links.view(call.session, call.organization_id)


def _visitor(call: Call) -> Visitor:
    return Visitor(
        user_id=call.principal.user_id,
        back=f"{resources().settings.public_url.rstrip('/')}/settings/plan",
        answers=billing_calls.answers(),
    )
