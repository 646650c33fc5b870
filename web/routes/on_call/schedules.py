"""On-call schedules: created, shown with their weeks, changed and deleted."""

from datetime import UTC, datetime, time
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from domain.wall_clock import shown
from models import Contact, OnCallSchedule
from server.identity.principal import Call
from services import lookup
from services.escalation import uses
from services.on_call import overrides as on_call_overrides
from services.on_call import schedules as on_call_schedules
from services.on_call import views as on_call_views
from services.on_call.limits import MOST_HOURS, MOST_LAYERS
from services.on_call.overrides import OverrideFilter
from services.pagination import PageRequest
from web.contacts.contact_form import zones
from web.forms import EMPTY, Form
from web.on_call import duty_week, edits, schedule_draft, schedule_values
from web.on_call.schedule_draft import ScheduleDraft
from web.preferences import current
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import versions

pages = Pages(
    "on-call-schedules",
    notices={
        "created": marked("The schedule was created. Choose it in an escalation policy."),
        "changed": marked("The schedule was changed."),
        "deleted": marked("The schedule was deleted."),
        "override-created": marked("The override was created."),
        "override-ended": marked("The override was ended. The regular turns go on."),
        "override-deleted": marked("The override was deleted. The regular turns go on."),
    },
)

_SCHEDULE = "/on-call/schedules/<uuid:schedule_id>"
_MOST_CONTACTS = 1000
_NINE = time(9)


@pages.page("/on-call/schedules/new", permission=Permission.ESCALATION_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    zone = current().zone_name
    first = schedule_draft.first(zone, _today(call))
    return _form(call, form, schedule_draft.typed(form.typed) if form.is_again else first, None)


@pages.action("/on-call/schedules/new", permission=Permission.ESCALATION_WRITE, again=new)
def create(call: Call) -> Response:
    draft, edit = schedule_draft.typed(request.form), edits.wanted(request.form)
    if edit is not None:
        return _form(call, EMPTY, draft.edited(edit, today=_today(call)), None)
    made = on_call_schedules.create(
        call.session, call.organization_id, schedule_values.of(draft), now=call.now
    )
    return see("on-call-schedules.show", notice="created", schedule_id=made.schedule.public_id)


@pages.page(_SCHEDULE, permission=Permission.ESCALATION_READ)
def show(call: Call, schedule_id: UUID, form: Form = EMPTY) -> Response:
    """Show who is on duty now and in a week, the overrides, and the rules."""
    view = on_call_views.find(call.session, call.organization_id, schedule_id)
    cursor, past = request.args.get("cursor"), "past" in request.args
    coming = on_call_overrides.page(
        call.session,
        call.organization_id,
        schedule_id,
        OverrideFilter(start=None if past else call.now),
        PageRequest(cursor=cursor),
    )
    choices = lookup.by_name(call.session, Contact, call.organization_id, most=_MOST_CONTACTS)
    named = [each for layer in view.layers for each in layer.contact_ids]
    named += [each.contact_id for each in coming.items]
    return render(
        "on_call/schedule.html",
        call,
        active="on-call",
        view=view,
        duty=duty_week.of(call, view.schedule, request.args.get("week", "")),
        overrides=coming,
        cursor=cursor,
        past=past,
        now=call.now,
        form=form,
        labels={"contact_id": _("Who"), "from": _("From"), "to": _("Until")},
        choices=[(str(each), name) for each, name in choices.items()],
        names=lookup.names(call.session, Contact, call.organization_id, named),
        uses=uses.of_schedule(call.session, call.organization_id, schedule_id),
    )


@pages.page(f"{_SCHEDULE}/edit", permission=Permission.ESCALATION_WRITE)
def edit(call: Call, schedule_id: UUID, form: Form = EMPTY) -> Response:
    view = on_call_views.find(call.session, call.organization_id, schedule_id)
    draft = schedule_draft.typed(form.typed) if form.is_again else schedule_draft.of_view(view)
    return _form(call, form, draft, view.schedule)


@pages.action(f"{_SCHEDULE}/edit", permission=Permission.ESCALATION_WRITE, again=edit)
def change(call: Call, schedule_id: UUID) -> Response:
    draft, edit = schedule_draft.typed(request.form), edits.wanted(request.form)
    if edit is not None:
        schedule = on_call_views.existing(call.session, call.organization_id, schedule_id)
        return _form(call, EMPTY, draft.edited(edit, today=_today(call)), schedule)
    values = schedule_values.of(draft)
    stored = on_call_views.existing(call.session, call.organization_id, schedule_id, locked=True)
    versions.refuse_stale(stored.updated_at)
    on_call_schedules.change(
        call.session,
        call.organization_id,
        schedule_id,
        {"name": values.name, "time_zone": values.time_zone, "layers": values.layers},
        now=call.now,
    )
    return see("on-call-schedules.show", notice="changed", schedule_id=schedule_id)


@pages.page(f"{_SCHEDULE}/delete", permission=Permission.ESCALATION_WRITE)
def ask(call: Call, schedule_id: UUID, form: Form = EMPTY) -> Response:
    """Say what a deletion means, or why it is not possible."""
    return render(
        "on_call/delete.html",
        call,
        active="on-call",
        schedule=on_call_views.existing(call.session, call.organization_id, schedule_id),
        uses=uses.of_schedule(call.session, call.organization_id, schedule_id),
        form=form,
    )


@pages.action(f"{_SCHEDULE}/delete", permission=Permission.ESCALATION_WRITE, again=ask)
def delete(call: Call, schedule_id: UUID) -> Response:
    on_call_schedules.delete(call.session, call.organization_id, schedule_id)
    return see("on-call.index", notice="deleted")


def _form(
    call: Call, form: Form, draft: ScheduleDraft, schedule: OnCallSchedule | None
) -> Response:
    ids = draft.contact_ids
    names = lookup.names(call.session, Contact, call.organization_id, ids)
    choices = lookup.by_name(call.session, Contact, call.organization_id, most=_MOST_CONTACTS)
    return render(
        "on_call/edit.html",
        call,
        active="on-call",
        schedule=schedule,
        form=form,
        seen=versions.shown(form, schedule.updated_at if schedule else None),
        draft=draft,
        labels=schedule_draft.labels(draft),
        names={str(each): name for each, name in names.items()},
        choices=[(str(each), name) for each, name in choices.items()],
        zones=zones(),
        most_layers=MOST_LAYERS,
        most_hours=MOST_HOURS,
    )


def _today(call: Call) -> str:
    """Return 09:00 of this day, at which a new layer begins."""
    local = shown(call.now, current().zone)
    return schedule_draft.local(datetime.combine(local, _NINE, tzinfo=UTC))
