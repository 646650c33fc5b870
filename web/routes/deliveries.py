"""Messages: what was sent to whom, each attempt and its answer, and sending it again."""

from collections.abc import Iterable
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import Contact
from notifiers.registry import KINDS
from server.identity.principal import Call
from services.contacts import contacts
from services.incidents import history as incident_history
from services.monitors import names as monitor_names
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryView
from services.projects import belongings
from services.relay import resends
from web import words
from web.deliveries import listing
from web.forms import EMPTY, Form
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import spans

pages = Pages(
    "deliveries",
    notices={"resent": marked("The message is sent again. If it fails, it is retried for a day.")},
)


@pages.page("/deliveries", permission=Permission.DELIVERY_READ, live=True)
def index(call: Call) -> Response:
    query = listing.read_query(request.args)
    found = delivery_history.page(
        call.session, call.organization_id, query.filter(now=call.now), query.page
    )
    return render(
        "deliveries/list.html",
        call,
        active="deliveries",
        asked=query,
        found=found,
        kinds=[("", _("Any channel")), *words.channel.choices(KINDS)],
        events=[("", _("Any message")), *words.event.choices()],
        spans=spans.choices(),
        contact=_contact(call, query),
        incident=_incident(call, query),
        names=_names(call, found.items),
    )


@pages.page("/deliveries/<uuid:delivery_id>", permission=Permission.DELIVERY_READ, live=True)
def show(call: Call, delivery_id: UUID, form: Form = EMPTY) -> Response:
    view = delivery_history.find(call.session, call.organization_id, delivery_id)
    return render(
        "deliveries/show.html",
        call,
        active="deliveries",
        about=belongings.of_monitors(call.session, call.organization_id, [view.monitor_id]),
        view=view,
        names=_names(call, [view]),
        form=form,
    )


@pages.action(
    "/deliveries/<uuid:delivery_id>/resend", permission=Permission.DELIVERY_WRITE, again=show
)
def resend(call: Call, delivery_id: UUID) -> Response:
    resends.resend(call.session, call.organization_id, delivery_id, now=call.now)
    return see("deliveries.show", notice="resent", delivery_id=delivery_id)


def _names(call: Call, views: Iterable[DeliveryView]) -> dict[UUID, str]:
    """Return the names of the monitors that messages are about."""
    monitor_ids = {view.monitor_id for view in views if view.monitor_id is not None}
    return monitor_names.of(call.session, call.organization_id, monitor_ids)


def _contact(call: Call, query: listing.ListQuery) -> Contact | None:
    contact_id = query.ids.get("contact")
    if contact_id is None:
        return None
    return contacts.find(call.session, call.organization_id, contact_id)


def _incident(call: Call, query: listing.ListQuery) -> incident_history.IncidentView | None:
    incident_id = query.ids.get("incident")
    if incident_id is None:
        return None
    return incident_history.head(call.session, call.organization_id, incident_id)
