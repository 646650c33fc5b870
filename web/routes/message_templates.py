"""Message templates: an organization's own wording of each event, with a preview."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import MessageTemplate
from notifiers.preview import Preview
from server.identity.principal import Call
from services.errors import Invalid
from services.incidents import history as incident_history
from services.incidents.history import IncidentView
from services.incidents.search import IncidentFilter
from services.pagination import PageRequest
from services.templates import previews as message_previews
from services.templates import templates as message_templates
from web import words
from web.forms import EMPTY, Form
from web.message_templates import template_form, variables
from web.message_templates.template_form import TemplateDraft
from web.rendering import render, see
from web.routing import Pages
from web.translations import marked
from web.typed import versions

pages = Pages(
    "message-templates",
    notices={
        "created": marked("The template was created. Messages use it from now on."),
        "changed": marked("The template was changed. Messages use it from now on."),
        "deleted": marked("The default text is used again."),
    },
)

_TEMPLATE = "/settings/templates/<uuid:template_id>"
_MOST = 200
"""More than there can be: one for each event and kind."""
_INCIDENTS = 20


@pages.page("/settings/templates", permission=Permission.TEMPLATE_READ)
def index(call: Call) -> Response:
    """List the events, each with the templates that there are."""
    own: dict[str, list[MessageTemplate]] = defaultdict(list)
    page = message_templates.page(call.session, call.organization_id, PageRequest(limit=_MOST))
    for template in page.items:
        own[template.event].append(template)
    return render(
        "message_templates/list.html",
        call,
        active="settings",
        events=[event.value for event in template_form.EVENTS],
        own=own,
    )


@pages.page("/settings/templates/new", permission=Permission.TEMPLATE_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    named = template_form.first(request.args.get("event", ""), request.args.get("kind", ""))
    return _form(call, form, template_form.typed(form.typed) if form.is_again else named, None)


@pages.action("/settings/templates/new", permission=Permission.TEMPLATE_WRITE, again=new)
def create(call: Call) -> Response:
    """Create a template, or only show what would come of it."""
    draft = template_form.typed(request.form)
    values = template_form.values(draft)
    if "preview" in request.form:
        message_templates.check(values)
        return _form(call, EMPTY, draft, None)
    message_templates.create(call.session, call.organization_id, values, now=call.now)
    return see("message-templates.index", notice="created")


@pages.page(_TEMPLATE, permission=Permission.TEMPLATE_READ)
def show(call: Call, template_id: UUID, form: Form = EMPTY) -> Response:
    """Show a template, which its editors can change, and what comes of it."""
    template = message_templates.find(call.session, call.organization_id, template_id)
    stored = template_form.of_template(template)
    draft = template_form.typed(form.typed) if form.is_again else stored
    return _form(call, form, draft, template)


@pages.action(_TEMPLATE, permission=Permission.TEMPLATE_WRITE, again=show)
def change(call: Call, template_id: UUID) -> Response:
    """Change a template, or only show what would come of it."""
    draft = template_form.typed(request.form)
    values = template_form.values(draft)
    if "preview" in request.form:
        message_templates.check(values)
        template = message_templates.find(call.session, call.organization_id, template_id)
        return _form(call, EMPTY, draft, template)
    stored = message_templates.find(call.session, call.organization_id, template_id, locked=True)
    versions.refuse_stale(stored.updated_at)
    message_templates.change(
        call.session, call.organization_id, template_id, values.as_changes(), now=call.now
    )
    return see("message-templates.index", notice="changed")


@pages.page(f"{_TEMPLATE}/delete", permission=Permission.TEMPLATE_WRITE)
def ask(call: Call, template_id: UUID) -> Response:
    """Say what the default wording means, before it comes back."""
    template = message_templates.find(call.session, call.organization_id, template_id)
    return render("message_templates/delete.html", call, active="settings", stored=template)


@pages.action(f"{_TEMPLATE}/delete", permission=Permission.TEMPLATE_WRITE)
def delete(call: Call, template_id: UUID) -> Response:
    message_templates.delete(call.session, call.organization_id, template_id)
    return see("message-templates.index", notice="deleted")


def _form(
    call: Call, form: Form, draft: TemplateDraft, template: MessageTemplate | None
) -> Response:
    return render(
        "message_templates/edit.html",
        call,
        active="settings",
        stored=template,
        form=form,
        seen=versions.shown(form, template.updated_at if template else None),
        draft=draft,
        labels=template_form.labels(),
        events=words.event.choices(event.value for event in template_form.EVENTS),
        kinds=template_form.kinds(),
        incidents=_incidents(call),
        previews=_previews(call, draft),
        variables=variables.variables(),
        filters=variables.filters(),
    )


def _previews(call: Call, draft: TemplateDraft) -> Sequence[Preview]:
    """Return what comes of a draft, or nothing if it is refused: the form says why."""
    try:
        return message_previews.previews(
            call.session,
            call.organization_id,
            template_form.values(draft),
            incident_id=_incident_id(draft),
            now=call.now,
        )
    except Invalid:
        return ()


def _incident_id(draft: TemplateDraft) -> UUID | None:
    if not draft.incident_id:
        return None
    try:
        return UUID(draft.incident_id)
    except ValueError as error:
        raise Invalid({"incident_id": [str(error)]}) from error


def _incidents(call: Call) -> Sequence[IncidentView]:
    """Return the latest incidents, to preview a template with."""
    request_of_page = PageRequest(limit=_INCIDENTS)
    return incident_history.page(
        call.session, call.organization_id, IncidentFilter(), request_of_page
    ).items
