"""Incidents: what is down, why, who was notified, and who takes care of it."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.alerting import acknowledgements
from services.errors import Conflict
from services.incidents import history as incident_history
from services.monitors import views as monitor_views
from services.schedules import regions
from web.forms import EMPTY, Form
from web.incidents import listing, snooze
from web.incidents import page as incident_page
from web.monitors import check_filters
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import spans

pages = Pages(
    "incidents",
    notices={
        "acknowledged": marked("You acknowledged the incident. Its escalation has stopped."),
        "withdrawn": marked("The incident is open to everybody again. Its escalation goes on."),
        "noted": marked("Your note is on the timeline."),
        "snoozed": marked("The incident is snoozed. A reminder follows if it is still open then."),
    },
)

_LISTS = {"overview": "overview.show", "incidents": "incidents.index"}
"""The lists from whose rows an incident can be acknowledged, with the page to return to."""


@pages.page("/incidents", permission=Permission.INCIDENT_READ, live=True)
def index(call: Call) -> Response:
    names = sorted(regions.names(call.session).values())
    query = listing.read_query(request.args, names)
    monitor = (
        query.monitor_id
        and monitor_views.find(call.session, call.organization_id, query.monitor_id).monitor
    )
    found = incident_history.page(
        call.session,
        call.organization_id,
        query.filter(now=call.now),
        query.page,
        monitor=monitor or None,
    )
    return render(
        "incidents/list.html",
        call,
        active="incidents",
        asked=query,
        found=found,
        monitor=monitor,
        narrowing=listing.NARROWED,
        causes=listing.causes(),
        regions=check_filters.regions(names),
        spans=spans.choices(),
    )


@pages.page("/incidents/<uuid:incident_id>", permission=Permission.INCIDENT_READ, live=True)
def show(call: Call, incident_id: UUID, form: Form = EMPTY) -> Response:
    page = incident_page.of(call, incident_id)
    return render(
        "incidents/show.html",
        call,
        active="incidents",
        about=[page.view.monitor.project_id],
        page=page,
        now=call.now,
        minutes=snooze.MINUTES,
        form=form,
    )


@pages.action(
    "/incidents/<uuid:incident_id>/acknowledge", permission=Permission.INCIDENT_WRITE, again=show
)
def acknowledge(call: Call, incident_id: UUID) -> Response:
    actor = _actor(call)
    incident = acknowledgements.acknowledge(
        call.session, call.organization_id, incident_id, by=actor, now=call.now
    )
    is_new = incident.acknowledged_at == call.now
    if not is_new and (actor.note or incident.acknowledged_by != actor.name):
        # The service keeps the first one; whoever typed a note has to know that it was not sent.
        raise Conflict(_("%(who)s acknowledged it first.") % {"who": incident.acknowledged_by})
    there = _LISTS.get(request.form.get("from", ""))
    if there is not None:
        return see(there, notice="acknowledged")
    return see("incidents.show", notice="acknowledged", incident_id=incident_id)


@pages.action(
    "/incidents/<uuid:incident_id>/withdraw", permission=Permission.INCIDENT_WRITE, again=show
)
def withdraw(call: Call, incident_id: UUID) -> Response:
    """Withdraw an acknowledgement or a snooze."""
    acknowledgements.unacknowledge(
        call.session, call.organization_id, incident_id, by=_actor(call), now=call.now
    )
    return see("incidents.show", notice="withdrawn", incident_id=incident_id)


@pages.action(
    "/incidents/<uuid:incident_id>/snooze", permission=Permission.INCIDENT_WRITE, again=show
)
def snooze_until(call: Call, incident_id: UUID) -> Response:
    acknowledgements.snooze(
        call.session,
        call.organization_id,
        incident_id,
        by=_actor(call),
        until=snooze.end(request.form, now=call.now),
        now=call.now,
    )
    return see("incidents.show", notice="snoozed", incident_id=incident_id)


@pages.action(
    "/incidents/<uuid:incident_id>/note", permission=Permission.INCIDENT_WRITE, again=show
)
def annotate(call: Call, incident_id: UUID) -> Response:
    acknowledgements.annotate(
        call.session, call.organization_id, incident_id, by=_actor(call), now=call.now
    )
    return see("incidents.show", notice="noted", incident_id=incident_id)


def _actor(call: Call) -> acknowledgements.Actor:
    note = request.form.get("note", "").strip()
    return acknowledgements.member(call.session, call.principal.user_id, note)
