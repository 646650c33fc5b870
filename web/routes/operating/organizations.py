"""The console's pages of an organization: its plan, standing, members, and messages given up."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, request

from config.limits import USUAL
from domain.permissions import Permission
from models.session import act_for
from server.identity.principal import Call
from services.errors import Invalid
from services.operators import finding, letters, operators, suspensions, views
from services.operators.finding import Found
from services.plans import changes, terms
from services.relay import resends
from services.usage import limits
from web.forms import EMPTY, Form
from web.operating import acting, entered, operator_of
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked

pages = Pages(
    "operating",
    notices={
        "plan": marked("The plan was changed."),
        "limit": marked("The limit was changed."),
        "suspended": marked("The organization is suspended. Its checks stop within a minute."),
        "resumed": marked("The suspension has ended. Checks begin again within a minute."),
        "retried": marked("The message will be sent again."),
        "cancelled": marked("The message was cancelled."),
    },
)

_READ, _WRITE = Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE
_PATH = "/operator/organizations/<uuid:organization_id>"


@pages.page("/operator/find", permission=_READ)
def find(call: Call) -> Response:
    text = request.args.get("q", "")[:200]
    with entered(call):
        found = finding.search(call.session, text) if text.strip() else Found()
    return render("operating/find.html", call, active="operator", q=text, found=found)


@pages.page(_PATH, permission=_READ)
def show(call: Call, organization_id: UUID, form: Form = EMPTY, **_path: object) -> Response:
    with entered(call):
        seen = views.organization(call.session, organization_id, now=call.now)
        dead = letters.dead(call.session, seen.key)
    # Numbers only, and those that the members see: it counts rows that an operator may not read.
    act_for(call.session, seen.key)
    plan = limits.plan(call.session, seen.key, now=call.now)
    act_for(call.session, call.organization_id)
    return render(
        "operating/organization.html",
        call,
        active="operator",
        seen=seen,
        plan=plan,
        plans=terms.offered(call.session).plans,
        dead=dead,
        form=form,
    )


@pages.action(f"{_PATH}/plan", permission=_WRITE, again=show, proof=True)
def set_plan(call: Call, organization_id: UUID) -> Response:
    wanted = request.form.get("plan") or None
    with acting(call) as operator:
        key = _entered(call, organization_id)
        row = changes.set_plan(call.session, key, wanted, now=call.now)
        operators.declare(
            call.session, operator, [key], ("organization", organization_id, row.name)
        )
    return see("operating.show", notice="plan", organization_id=organization_id)


@pages.action(f"{_PATH}/limits", permission=_WRITE, again=show, proof=True)
def set_limit(call: Call, organization_id: UUID) -> Response:
    wanted = _limit()
    with acting(call) as operator:
        key = _entered(call, organization_id)
        row = changes.override(call.session, key, wanted, now=call.now)
        operators.declare(
            call.session, operator, [key], ("organization", organization_id, row.name)
        )
    return see("operating.show", notice="limit", organization_id=organization_id)


@pages.action(f"{_PATH}/suspend", permission=_WRITE, again=show, proof=True)
def suspend(call: Call, organization_id: UUID) -> Response:
    reason = operators.reason_of(request.form.get("reason", ""))
    with acting(call) as operator:
        key = _entered(call, organization_id)
        row = suspensions.begin(call.session, key, reason, operator, now=call.now)
        target = ("organization", organization_id, row.name)
        operators.declare(call.session, operator, [key], target, reason=reason)
    return see("operating.show", notice="suspended", organization_id=organization_id)


@pages.action(f"{_PATH}/unsuspend", permission=_WRITE, again=show, proof=True)
def unsuspend(call: Call, organization_id: UUID) -> Response:
    with acting(call) as operator:
        key = _entered(call, organization_id)
        row = suspensions.end(call.session, key, now=call.now)
        operators.declare(
            call.session, operator, [key], ("organization", organization_id, row.name)
        )
    return see("operating.show", notice="resumed", organization_id=organization_id)


@pages.action(
    f"{_PATH}/deliveries/<uuid:delivery_id>/retry", permission=_WRITE, again=show, proof=True
)
def retry(call: Call, organization_id: UUID, delivery_id: UUID) -> Response:
    """Send a dead letter again, as a member would: what that reads is shown to nobody."""
    operator = operator_of(call)
    key = _entered(call, organization_id)
    resends.resend(call.session, key, delivery_id, now=call.now)
    operators.declare(call.session, operator, [key], ("delivery", delivery_id, None))
    return see("operating.show", notice="retried", organization_id=organization_id)


@pages.action(
    f"{_PATH}/deliveries/<uuid:delivery_id>/cancel", permission=_WRITE, again=show, proof=True
)
def cancel(call: Call, organization_id: UUID, delivery_id: UUID) -> Response:
    with acting(call) as operator:
        key = _entered(call, organization_id)
        letters.cancel(call.session, key, delivery_id)
        operators.declare(call.session, operator, [key], ("delivery", delivery_id, None))
    return see("operating.show", notice="cancelled", organization_id=organization_id)


def _entered(call: Call, organization_id: UUID) -> int:
    """Act for the organization of the address, and return its key."""
    key = finding.organization_key(call.session, organization_id)
    act_for(call.session, key)
    return key


def _limit() -> Mapping[str, int | None]:
    """Return the limit of the form. An empty value returns to that of the plan."""
    name, value = request.form.get("limit", ""), request.form.get("value", "").strip()
    if name not in USUAL:
        raise Invalid({"limit": ["There is no such limit."]})
    if value and not (value.isascii() and value.isdigit() and len(value) < 10):  # noqa: PLR2004 - digits of the largest
        raise Invalid({"value": ["Must be a whole number."]})
    return {name: int(value) if value else None}
