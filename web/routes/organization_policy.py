"""The policy of the organization: second factors, sessions, networks, keys and ways to log in."""

from flask import Response, request

from domain.organization_policy import (
    IDLE_MINUTES,
    KEY_DAYS,
    MOST_GRACE_DAYS,
    SELECTABLE_WAYS,
    SESSION_HOURS,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.policies import policies
from services.policies.policies import PolicyChanges
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import single
from web.typed.fields import Typed

pages = Pages("organization-policy", notices={"saved": marked("The policy was saved.")})


@pages.page("/settings/organization/policy", permission=Permission.ORGANIZATION_READ)
def show(call: Call, form: Form = EMPTY) -> Response:
    return render(
        "organization/policy.html",
        call,
        active="settings",
        policy=policies.of(call.session, call.organization_id),
        ways=SELECTABLE_WAYS,
        address=None if call.principal.visit is None else call.principal.visit.address,
        form=form,
    )


@pages.action(
    "/settings/organization/policy",
    permission=Permission.ORGANIZATION_WRITE,
    again=show,
    proof=True,
)
def change(call: Call) -> Response:
    policies.change(
        call.session, call.organization_id, _typed(), by=call.principal.visit, now=call.now
    )
    return see("organization-policy.show", notice="saved")


def _typed() -> PolicyChanges:
    typed = Typed(request.form)
    changes: PolicyChanges = {
        "require_second_factor": "require_second_factor" in request.form,
        "second_factor_grace_days": typed.whole("second_factor_grace_days", 0, MOST_GRACE_DAYS),
        "session_idle_minutes": typed.whole("session_idle_minutes", *IDLE_MINUTES),
        "session_hours": typed.whole("session_hours", *SESSION_HOURS),
        "networks_for_machines": "networks_for_machines" in request.form,
        "longest_key_days": typed.optional_whole("longest_key_days", *KEY_DAYS),
        "login_ways": [
            each for each in SELECTABLE_WAYS if each in request.form.getlist("login_ways")
        ],
    }
    typed.refuse()
    changes["networks"] = single.networks("networks")
    return changes
