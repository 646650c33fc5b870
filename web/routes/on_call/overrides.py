"""Overrides of on-call schedules: another contact is on duty for a time."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.on_call import overrides as on_call_overrides
from services.on_call.overrides import OverrideValues
from web.preferences import current
from web.rendering import see
from web.routes.on_call import schedules
from web.routing import Pages
from web.typed.fields import Typed

pages = Pages("on-call-overrides", notices=schedules.pages.notices)

_OVERRIDES = "/on-call/schedules/<uuid:schedule_id>/overrides"
_OVERRIDE = f"{_OVERRIDES}/<uuid:override_id>"


@pages.action(_OVERRIDES, permission=Permission.ESCALATION_WRITE, again=schedules.show)
def create(call: Call, schedule_id: UUID) -> Response:
    """Put somebody on duty. The times are those of the reader's clock."""
    typed, zone = Typed(request.form), current().zone
    values = OverrideValues(
        contact_id=typed.uuid("contact_id"),
        start=typed.optional_moment("from", zone),
        end=typed.moment("to", zone),
    )
    typed.refuse()
    on_call_overrides.create(call.session, call.organization_id, schedule_id, values, now=call.now)
    return see("on-call-schedules.show", notice="override-created", schedule_id=schedule_id)


@pages.action(f"{_OVERRIDE}/end", permission=Permission.ESCALATION_WRITE)
def end(call: Call, schedule_id: UUID, override_id: UUID) -> Response:
    """End an override that is in force."""
    on_call_overrides.end(
        call.session, call.organization_id, schedule_id, override_id, now=call.now
    )
    return see("on-call-schedules.show", notice="override-ended", schedule_id=schedule_id)


@pages.action(f"{_OVERRIDE}/delete", permission=Permission.ESCALATION_WRITE)
def delete(call: Call, schedule_id: UUID, override_id: UUID) -> Response:
    on_call_overrides.delete(call.session, call.organization_id, schedule_id, override_id)
    return see("on-call-schedules.show", notice="override-deleted", schedule_id=schedule_id)
