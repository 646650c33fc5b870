"""Exports: history as encrypted files, made in the background."""

from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from models import ExportPart, Organization
from models.export import ExportState
from security.links import SHORT, Purpose, Subject
from server.identity.principal import Call
from server.resources import resources
from services.errors import Invalid
from services.exports import exports
from services.exports import manifests as export_manifests
from services.exports.documents import DOCUMENTS
from services.exports.exports import MOST_MONITORS, ExportValues, ExportView
from services.exports.formats import FORMATS
from services.exports.worker import PartClaim
from services.pagination import PageRequest
from services.recipients import recipients
from tasks.exports import hand_over
from web.forms import EMPTY, Form
from web.monitors import picker
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked
from web.typed import single
from web.typed.fields import Typed

pages = Pages(
    "exports",
    notices={
        "requested": marked("The export is running. This page shows its progress."),
        "deleted": marked("The export was cancelled, and its files were deleted."),
    },
)

_ONE = "/reports/exports/<uuid:export_id>"
_LONGEST_RECIPIENT = 100
_MOST_RECIPIENTS = 100
_AGE = "age"


@pages.page("/reports/exports", permission=Permission.EXPORT_READ)
def index(call: Call) -> Response:
    found = exports.page(
        call.session, call.organization_id, PageRequest(cursor=request.args.get("cursor"))
    )
    return render("exports/list.html", call, active="reports", found=found)


@pages.page("/reports/exports/new", permission=Permission.EXPORT_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form)


@pages.action("/reports/exports/new", permission=Permission.EXPORT_WRITE, again=new)
def ask(call: Call) -> Response:
    """Request an export, or show the form again with the monitors that were found."""
    if request.form.get("do"):
        return _form(call, Form(request.form, is_again=True))
    view = exports.request(call.session, call.organization_id, _values(), now=call.now)
    call.after_commit.append(partial(hand_over, PartClaim(view.export.id, view.export.claim)))
    return see("exports.show", notice="requested", export_id=view.export.public_id)


@pages.page(_ONE, permission=Permission.EXPORT_READ)
def show(call: Call, export_id: UUID) -> Response:
    return _shown(call, exports.find(call.session, call.organization_id, export_id))


@pages.action(f"{_ONE}/links", permission=Permission.EXPORT_READ)
def links(call: Call, export_id: UUID) -> Response:
    """Show links to the manifest and all parts, which work for ten minutes without a login."""
    view = exports.finished(call.session, call.organization_id, export_id)
    owner = call.session.get_one(Organization, call.organization_id)
    subject = Subject(organization_id=owner.public_id, id=view.export.public_id)
    base = resources().links.make(Purpose.EXPORT, subject, now=call.now)
    files: list[tuple[str, str, ExportPart | None]] = [
        (export_manifests.NAME, f"{base}/{export_manifests.NAME}", None)
    ]
    for part in view.parts:
        name = export_manifests.part_name(view.export, part)
        files.append((name, f"{base}/{name}", part))
    return _shown(call, view, files=files, until=call.now + SHORT)


@pages.action(f"{_ONE}/delete", permission=Permission.EXPORT_WRITE)
def delete(call: Call, export_id: UUID) -> Response:
    exports.delete(call.session, call.organization_id, export_id, now=call.now)
    return see("exports.index", notice="deleted")


def _form(call: Call, form: Form) -> Response:
    known = recipients.page(
        call.session, call.organization_id, PageRequest(limit=_MOST_RECIPIENTS), now=call.now
    )
    return render(
        "exports/new.html",
        call,
        active="reports",
        form=form,
        documents=DOCUMENTS.values(),
        formats=list(FORMATS),
        recipients=[each.recipient for each in known.items if each.state.value == "active"],
        monitors=picker.of(call, _named(form), form.value("q")),
        now=single.as_typed(call.now),
    )


def _shown(call: Call, view: ExportView, **values: object) -> Response:
    is_open = view.export.state in {ExportState.PENDING, ExportState.RUNNING}
    given: dict[str, Any] = {"files": (), "until": None, **values}
    return render(
        "exports/export.html",
        call,
        HTTPStatus.OK,
        active="reports",
        export=view.export,
        is_open=is_open,
        **given,
    )


def _values() -> ExportValues:
    document, file_format = request.form.get("document", ""), request.form.get("format", "")
    if document not in DOCUMENTS:
        raise Invalid({"document": [_("Choose one of these.")]})
    if file_format not in FORMATS:
        raise Invalid({"format": [_("Choose one of these.")]})
    chosen = request.form.get("recipient", "")
    is_age = chosen == _AGE
    named = single.line("age_key", longest=_LONGEST_RECIPIENT) if is_age else chosen
    if not named:
        raise Invalid({"recipient": [_("Choose a recipient.")]})
    return ExportValues(
        document=document,
        format=file_format,
        container=_AGE if is_age else "jwe",
        recipient=named,
        start=single.moment("from"),
        end=single.moment("to"),
        monitor_ids=_monitor_ids(),
    )


def _monitor_ids() -> list[UUID]:
    """Return the chosen monitors. None at all would mean every one, so nothing wrong is left out."""
    texts = request.form.getlist("monitor_ids")
    if len(texts) > MOST_MONITORS:
        raise Invalid({"monitor_ids": [_("Must be at most %(most)s.") % {"most": MOST_MONITORS}]})
    typed = Typed(request.form)
    found = [typed.as_uuid("monitor_ids", each) for each in texts]
    typed.refuse()
    return found


def _named(form: Form) -> list[UUID]:
    return picker.ids(form.values("monitor_ids"), most=MOST_MONITORS)
