"""Maintenance: a calendar, the windows, and their form with the times it means."""

from uuid import UUID

from flask import Response, request

from domain.permissions import Permission
from server.identity.principal import Call
from services.maintenance import views as maintenance_views
from services.maintenance import windows as maintenance_windows
from services.maintenance.views import WindowView
from services.maintenance.windows import WindowChanges
from services.pagination import PageRequest
from services.projects import belongings
from web import formats
from web.forms import EMPTY, Form
from web.maintenance import form as window_form
from web.maintenance import month
from web.maintenance import page as form_page
from web.rendering import render, see
from web.routing import Pages
from web.translations import gettext as _
from web.translations import marked

pages = Pages(
    "maintenance",
    notices={
        "created": marked("The maintenance window was created."),
        "changed": marked(
            "The maintenance window was changed. Past occurrences stay as they were."
        ),
        "ended": marked("The maintenance ended. Outages notify again."),
        "deleted": marked("The maintenance window was deleted."),
    },
)


@pages.page("/maintenance", permission=Permission.MAINTENANCE_READ)
def index(call: Call) -> Response:
    page = PageRequest(cursor=request.args.get("cursor") or None)
    return render(
        "maintenance/list.html",
        call,
        active="maintenance",
        month=month.of(call, request.args.get("month", "")),
        weekdays=formats.weekdays(),
        found=maintenance_views.page(call.session, call.organization_id, page, now=call.now),
        is_first=page.cursor is None,
    )


@pages.page("/maintenance/new", permission=Permission.MAINTENANCE_WRITE)
def new(call: Call, form: Form = EMPTY) -> Response:
    return _form(call, form, None)


@pages.action("/maintenance/new", permission=Permission.MAINTENANCE_WRITE, again=new)
def create(call: Call) -> Response:
    """Create a window, or show the form again with a preview or with monitors that were found."""
    if request.form.get("do"):
        return _form(call, Form(request.form, is_again=True), None)
    values = window_form.read(request.form)
    view = maintenance_windows.create(call.session, call.organization_id, values, now=call.now)
    return see("maintenance.show", notice="created", window_id=view.window.public_id)


@pages.page("/maintenance/<uuid:window_id>", permission=Permission.MAINTENANCE_READ)
def show(call: Call, window_id: UUID, form: Form = EMPTY) -> Response:
    view = _find(call, window_id)
    is_wide = view.window.all_monitors or view.window.tags
    monitor_ids = () if is_wide else view.monitor_ids
    return render(
        "maintenance/show.html",
        call,
        active="maintenance",
        about=belongings.of_monitors(call.session, call.organization_id, monitor_ids),
        view=view,
        coming=view.next_occurrences[: form_page.MOST_SHOWN],
        monitors=form_page.monitors_of(call, view),
        covered=form_page.under(call, form_page.scope_of(view)),
        repeats=dict(window_form.repeats()),
        present=window_form.filled(view),
        form=form,
    )


@pages.page("/maintenance/<uuid:window_id>/edit", permission=Permission.MAINTENANCE_WRITE)
def edit(call: Call, window_id: UUID, form: Form = EMPTY) -> Response:
    return _form(call, form, _find(call, window_id))


@pages.action(
    "/maintenance/<uuid:window_id>/edit", permission=Permission.MAINTENANCE_WRITE, again=edit
)
def change(call: Call, window_id: UUID) -> Response:
    """Change a window, or show the form again as `create` does."""
    if request.form.get("do"):
        return _form(call, Form(request.form, is_again=True), _find(call, window_id))
    values = window_form.read(request.form)
    changes: WindowChanges = {
        "name": values.name,
        "time_zone": values.time_zone,
        "local_end": values.local_end,
        "duration_seconds": values.duration_seconds,
        "recurrence": values.recurrence,
        "all_monitors": values.all_monitors,
        "monitor_ids": values.monitor_ids,
        "tags": values.tags,
    }
    if values.local_start is not None:
        changes["local_start"] = values.local_start
    maintenance_windows.change(call.session, call.organization_id, window_id, changes, now=call.now)
    return see("maintenance.show", notice="changed", window_id=window_id)


@pages.action(
    "/maintenance/<uuid:window_id>/end", permission=Permission.MAINTENANCE_WRITE, again=show
)
def end(call: Call, window_id: UUID) -> Response:
    maintenance_windows.end(call.session, call.organization_id, window_id, now=call.now)
    return see("maintenance.show", notice="ended", window_id=window_id)


@pages.page("/maintenance/<uuid:window_id>/delete", permission=Permission.MAINTENANCE_WRITE)
def ask_to_delete(call: Call, window_id: UUID) -> Response:
    """Say what a deletion means, for readers without a script."""
    view = _find(call, window_id)
    return render("maintenance/delete.html", call, active="maintenance", view=view)


@pages.action("/maintenance/<uuid:window_id>/delete", permission=Permission.MAINTENANCE_WRITE)
def delete(call: Call, window_id: UUID) -> Response:
    maintenance_windows.delete(call.session, call.organization_id, window_id, now=call.now)
    return see("maintenance.index", notice="deleted")


def _find(call: Call, window_id: UUID) -> WindowView:
    return maintenance_views.find(call.session, call.organization_id, window_id, now=call.now)


def _form(call: Call, form: Form, view: WindowView | None) -> Response:
    return render(
        "maintenance/form.html",
        call,
        active="maintenance",
        page=form_page.of(call, form, view),
        view=view,
        repeats=window_form.repeats(),
        labels={name: _(label) for name, label in window_form.LABELS.items()},
        form=form,
    )
