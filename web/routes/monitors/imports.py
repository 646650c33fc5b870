"""Create many monitors from a pasted list or a file: preview it first, then create it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import egress, rate_limits
from server.resources import resources
from services.errors import Invalid
from services.monitors import monitors
from services.monitors.views import MonitorView
from web import refusals
from web.access.choices import own_projects
from web.forms import EMPTY, Form
from web.monitors.lists import targets
from web.monitors.lists.targets import Line
from web.rendering import render
from web.routes.monitors.blueprint import pages
from web.translations import gettext as _
from web.typed.fields import Typed


@dataclass(frozen=True, slots=True)
class Imported:
    """A line with the monitor that was made of it, or with what is wrong."""

    line: Line
    made: MonitorView | Invalid

    @property
    def problem(self) -> str:
        if not isinstance(self.made, Invalid):
            return ""
        return refusals.in_words(self.made)


@pages.page("/monitors/import", permission=Permission.MONITOR_WRITE)
def import_targets(call: Call, form: Form = EMPTY) -> Response:
    """Ask for a list of addresses."""
    return _form(call, form)


@pages.action("/monitors/import", permission=Permission.MONITOR_WRITE, again=import_targets)
def preview_import(call: Call) -> Response:
    """Show what each line means, and what is wrong with it. Nothing stays in the database."""
    text = _text()
    with call.session.begin_nested() as rehearsal:
        imported = _create(call, text)
        rehearsal.rollback()
    return render(
        "monitors/import_preview.html",
        call,
        active="monitors",
        text=text,
        project=request.form.get("project_id", ""),
        wrong=[each for each in imported if each.problem],
        right=[each.line for each in imported if not each.problem],
    )


@pages.action("/monitors/import/edit", permission=Permission.MONITOR_WRITE)
def edit_import(call: Call) -> Response:
    """Show the list again, to be corrected."""
    return _form(call, Form(request.form, is_again=True))


@pages.action("/monitors/import/create", permission=Permission.MONITOR_WRITE, again=import_targets)
def create_imported(call: Call) -> Response:
    """Create a monitor of each valid line, and say what is wrong with the others."""
    imported = _create(call, _text())
    rate_limits.spend_messages(call)
    return render(
        "monitors/import_result.html",
        call,
        active="monitors",
        created=[each for each in imported if not each.problem],
        wrong=[each for each in imported if each.problem],
        project=request.form.get("project_id", ""),
        remaining=_remaining(imported),
    )


def _create(call: Call, text: str) -> list[Imported]:
    project_id = _project_id()
    lines = [_within(_judged(line), project_id) for line in targets.read(text)]
    made = monitors.create_each(
        call.session,
        call.organization_id,
        [line.values for line in lines],
        ring=resources().ring,
        now=call.now,
        own=call.principal.permissions,
    )
    return [Imported(line, each) for line, each in zip(lines, made, strict=True)]


def _form(call: Call, form: Form) -> Response:
    return render(
        "monitors/import.html",
        call,
        active="monitors",
        form=form,
        most=targets.MOST,
        projects=own_projects(call),
    )


def _text() -> str:
    """Return what was pasted, or else what a file holds."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return request.form.get("targets", "")
    try:
        return str(file.read(), "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid({"file": [_("This file is not UTF-8 text.")]}) from error


def _project_id() -> UUID | None:
    """Return the project that was chosen for all of them."""
    typed = Typed(request.form)
    found = typed.uuid("project_id") if typed.text("project_id") else None
    typed.refuse()
    return found


def _within(line: Line, project_id: UUID | None) -> Line:
    if isinstance(line.values, Invalid):
        return line
    return replace(line, values=replace(line.values, project_id=project_id))


def _judged(line: Line) -> Line:
    """Refuse an address that no probe may reach, as the API does."""
    if isinstance(line.values, Invalid):
        return line
    try:
        egress.refuse_unreachable(line.values.url or "")
    except Invalid as invalid:
        return Line(line.number, line.text, invalid)
    return line


def _remaining(imported: Sequence[Imported]) -> str:
    """Return the lines that are still to be corrected, as they were."""
    return "\n".join(each.line.text for each in imported if each.problem)
