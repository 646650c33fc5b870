"""Create and change monitors, and try one before it is stored."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from domain.permissions import Permission
from models import TestRun
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import resources
from services import locks
from services.credentials import drafts, test_runs
from services.credentials.drafts import Draft
from services.errors import NotFound
from services.monitors import monitors
from services.monitors.bounds import MOST
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from tasks.test_runs import hand_over
from web.forms import EMPTY, Form
from web.model_forms import names, rows
from web.monitor_editor import conflicts, kinds, options, reading, saving, sections, test_results
from web.monitor_editor.conflicts import Difference
from web.monitor_editor.kinds import Kind
from web.monitor_editor.sections import Layout
from web.monitors import picker
from web.rendering import page_url, render, see
from web.routing import Pages
from web.translations import gettext as _

pages = Pages("monitor-editor")

_PARENTS = "parent_ids"


@pages.page("/monitors/new", permission=Permission.MONITOR_WRITE)
def choose(call: Call) -> Response:
    return render("monitor_editor/kinds.html", call, active="monitors", groups=kinds.grouped())


@pages.page("/monitors/new/<kind>", permission=Permission.MONITOR_WRITE)
def new(call: Call, kind: str, form: Form = EMPTY) -> Response:
    known, present = _kind(kind), _usual(call, kind)
    layout = _layout(call, known, form, parents=present.get("parent_ids", ()))
    return _form(call, known, layout, form, present)


@pages.action("/monitors/new/<kind>", permission=Permission.MONITOR_WRITE, again=new)
def create(call: Call, kind: str) -> Response:
    """Create a monitor, or do what another button of the form asks for."""
    known = _kind(kind)
    form = Form(request.form, is_again=True)
    layout = _layout(call, known, form)
    typed = layout.settled(request.form)
    if rows.asks_to_show_again(typed) or "look" in typed:
        return _form(call, known, layout, form, {})
    values = reading.new_values(kind, layout, typed)
    if "test" in typed:
        saving.refuse_unreachable(values.url, values.settings)
        draft = drafts.of_new(
            call.session, call.organization_id, values, own=call.principal.permissions
        )
        return _form(call, known, layout, form, {}, test_run=_begin(call, draft))
    view = saving.create(call, values)
    return see("monitors.show", notice="created", monitor_id=view.monitor.public_id)


@pages.page("/monitors/<uuid:monitor_id>/edit", permission=Permission.MONITOR_WRITE)
def edit(call: Call, monitor_id: UUID, form: Form = EMPTY) -> Response:
    values = monitors.present_values(call.session, call.organization_id, monitor_id)
    return _edit_form(call, monitor_id, values, _wanted_kind(values), form)


@pages.action("/monitors/<uuid:monitor_id>/edit", permission=Permission.MONITOR_WRITE, again=edit)
def change(call: Call, monitor_id: UUID) -> Response:
    """Change a monitor, or do what another button of the form asks for."""
    # The API serializes changes of a monitor by this path, too.
    path = url_for("monitors.change", monitor_id=monitor_id)
    locks.take_change(call.session, call.organization_id, path)
    before = monitors.present_values(call.session, call.organization_id, monitor_id)
    kind = _wanted_kind(before)
    form = Form(request.form, is_again=True)
    layout = _layout(call, kind, form, parents=before.parent_ids, monitor_id=monitor_id)
    typed = layout.settled(request.form)
    if rows.asks_to_show_again(typed) or "look" in typed:
        return _edit_form(call, monitor_id, before, kind, form)
    changes = conflicts.kept(reading.changes(layout, typed), typed)
    changes = saving.of_kind(before, kind.name, saving.with_line_breaks(before, changes))
    if "test" in typed:
        test_run = _begin(call, _changed_draft(call, monitor_id, changes))
        return _edit_form(call, monitor_id, before, kind, form, test_run=test_run)
    if typed.get("version") != conflicts.version_of(before):
        found = _conflicting(call, before, changes, layout, typed.get("base", ""))
        if found:
            return _conflict(call, monitor_id, before, found)
    saving.change(call, monitor_id, changes)
    return see("monitors.show", notice="saved", monitor_id=monitor_id)


@pages.page("/monitors/test-runs/<uuid:test_run_id>", permission=Permission.MONITOR_WRITE)
def show_test_run(call: Call, test_run_id: UUID) -> Response:
    """Show a test run of values that are not stored."""
    found = test_runs.find_draft(call.session, call.organization_id, test_run_id, now=call.now)
    result = test_results.of(found)
    return render("monitor_editor/test_run.html", call, active="monitors", result=result)


def _kind(name: str) -> Kind:
    found = kinds.find(name)
    if found is None:
        raise NotFound("kind of monitor")
    return found


def _wanted_kind(values: MonitorValues) -> Kind:
    """Return the kind that the form is for: the current one, or another that it may become."""
    wanted = _kind(request.values.get("kind", values.kind))
    present = _kind(values.kind)
    return wanted if wanted.has_address and present.has_address else present


def _layout(
    call: Call,
    kind: Kind,
    form: Form,
    *,
    parents: Sequence[UUID] = (),
    monitor_id: UUID | None = None,
) -> Layout:
    """Return the layout of the form of a kind: for a new monitor, or for a present one."""
    typed = picker.ids(form.values(_PARENTS, parents), most=MOST[_PARENTS])
    chosen = list(dict.fromkeys([*typed, *parents]))
    offered = picker.of(call, chosen, form.value(names.query(_PARENTS)), but=monitor_id)
    known = options.of(call, kind.name, offered)
    return sections.layout(kind, known, is_new=monitor_id is None)


def _usual(call: Call, kind: str) -> dict[str, Any]:
    """Return what a new form has typed in: the values of another monitor, or an address."""
    template = request.args.get("from", type=UUID)
    if template is None:
        return {"url": request.args.get("url", "")}
    values = monitors.present_values(call.session, call.organization_id, template)
    if values.kind != kind:
        return {}
    name = _("Copy of %(name)s") % {"name": values.name}
    return {**_present(values, _kind(kind)), "name": name}


def _form(
    call: Call,
    kind: Kind,
    layout: Layout,
    form: Form,
    present: dict[str, Any],
    *,
    test_run: TestRun | None = None,
) -> Response:
    form = replace(form, typed=layout.settled(form.typed))
    shown = sections.shown(layout, form, present)
    return render(
        "monitor_editor/new.html",
        call,
        active="monitors",
        kind=kind,
        sections=shown,
        errors=sections.errors(shown, form),
        result=test_results.shown(call, form, test_run),
    )


def _edit_form(
    call: Call,
    monitor_id: UUID,
    values: MonitorValues,
    kind: Kind,
    form: Form,
    *,
    test_run: TestRun | None = None,
) -> Response:
    layout = _layout(call, kind, form, parents=values.parent_ids, monitor_id=monitor_id)
    form = replace(form, typed=layout.settled(form.typed))
    shown = sections.shown(layout, form, _present(values, kind))
    return render(
        "monitor_editor/edit.html",
        call,
        active="monitors",
        monitor_id=monitor_id,
        name=values.name,
        kind=kind,
        present_kind=values.kind,
        kinds=kinds.with_address() if kind.has_address else [],
        sections=shown,
        errors=sections.errors(shown, form),
        version=form.value("version", conflicts.version_of(values)),
        base=form.value("base", conflicts.base_of(values)),
        result=test_results.shown(call, form, test_run),
    )


def _present(values: MonitorValues, kind: Kind) -> dict[str, Any]:
    """Return the stored values as the form of a kind shows them."""
    present = {name: getattr(values, name) for name in MonitorValues.__dataclass_fields__}
    window = values.confirmation_window
    return {
        **present,
        **({} if kind.name == values.kind else _begun(kind, values)),
        "confirmation_window": None if window == values.confirmations else window,
    }


def _begun(kind: Kind, values: MonitorValues) -> dict[str, Any]:
    """Return what a monitor keeps when it becomes one of another kind: the host."""
    return {"settings": {}, "url": kinds.address_for(kind, values.url or "")}


def _changed_draft(call: Call, monitor_id: UUID, changes: MonitorChanges) -> Draft:
    saving.refuse_unreachable(changes.get("url"), changes.get("settings", {}))
    return drafts.of_change(
        call.session,
        call.organization_id,
        monitor_id,
        changes,
        own=call.principal.permissions,
    )


def _begin(call: Call, draft: Draft) -> TestRun:
    """Request a test run from a worker, after this request is committed."""
    rate_limits.spend_check(call, draft.kind, draft.settings)
    test_run = test_runs.request_draft(
        call.session, call.organization_id, draft, ring=resources().ring, now=call.now
    )
    call.after_commit.append(partial(hand_over, test_run.id, test_run.region))
    return test_run


def _conflicting(
    call: Call, before: MonitorValues, changes: MonitorChanges, layout: Layout, base: str
) -> list[Difference]:
    mine, _ = monitors.changed(
        call.session, call.organization_id, before, changes, call.principal.permissions
    )
    return conflicts.differences(layout, mine, before, base)


def _conflict(
    call: Call, monitor_id: UUID, theirs: MonitorValues, found: list[Difference]
) -> Response:
    """Show both versions side by side. What the reader chooses is sent as the form is."""
    return render(
        "monitor_editor/conflict.html",
        call,
        status=HTTPStatus.CONFLICT,
        active="monitors",
        name=theirs.name,
        action=page_url("monitor-editor.edit", monitor_id=monitor_id),
        differences=found,
        carried=conflicts.carried(request.form),
        version=conflicts.version_of(theirs),
        base=conflicts.base_of(theirs),
    )
