"""The same act on several monitors: a preview of what changes for which, then the act itself."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue

from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from services.contacts import groups as contact_groups
from services.errors import Invalid
from services.escalation import views as escalation_views
from services.monitors import views as monitor_views
from services.monitors.listing import lists as monitor_lists
from services.monitors.views import MonitorView
from services.pagination import PageRequest
from services.permissions import require
from web.access import choices
from web.forms import EMPTY, Form
from web.monitors.lists import changes, previews
from web.monitors.lists.address import ListAddress
from web.monitors.lists.changes import MOST, PORTION, Change, Result
from web.rendering import render, see
from web.routes.monitors.blueprint import pages
from web.routes.monitors.index import index
from web.translations import gettext as _

_MOST_NAMED = 200
"""The contact groups and policies that a form offers."""

_VALUES = (
    *("tags", "interval", "interval_unit", "group", "mode", "policy", "project"),
    *("name", "duration", "duration_unit"),
)
"""The fields that hold the value of an act."""


@pages.page("/monitors/bulk", permission=Permission.MONITOR_WRITE)
def begin_bulk(call: Call) -> ResponseReturnValue:
    """Show the list to who comes here without a selection, such as by reloading."""
    return index(call)


@pages.action("/monitors/bulk", permission=Permission.MONITOR_WRITE)
def preview_bulk(call: Call) -> Response:
    """Ask for the value of an act, and show what would change for which monitor."""
    return _preview(call, EMPTY)


@pages.action("/monitors/bulk/apply", permission=Permission.MONITOR_WRITE)
def apply_bulk(call: Call) -> Response:
    """Change some of the monitors. The answer asks for the others, until all are done."""
    change = changes.read(request.form)
    require(call.principal.permissions, change.act.permission)
    if change.missing:
        return _preview(call, EMPTY)
    views = _chosen(call)
    if change.act.name == "maintenance":
        return _covered(call, change, views)
    portion, rest = views[:PORTION], views[PORTION:]
    results = changes.apply(call, change, portion)
    rate_limits.spend_messages(call)
    done = _done() + sum(not each.problem for each in results)
    refused = [*request.form.getlist("refused")[:MOST], *_refused(results)]
    if not (rest or refused):
        return see("monitors.index", notice="bulk-done")
    return render(
        "monitors/bulk_result.html",
        call,
        active="monitors",
        act=change.act,
        done=done,
        refused=refused,
        total=done + len(refused) + len(rest),
        rest=[view.monitor.public_id for view in rest],
        fields=_fields(),
    )


def _preview(call: Call, form: Form) -> Response:
    change = changes.read(request.form)
    require(call.principal.permissions, change.act.permission)
    views = monitor_views.at(call.session, _chosen(call), now=call.now)
    page = PageRequest(limit=_MOST_NAMED)
    groups = contact_groups.page(call.session, call.organization_id, page)
    policies = escalation_views.page(call.session, call.organization_id, page)
    group_names = {each.group.public_id: each.group.name for each in groups.items}
    policy_names = {each.policy.public_id: each.policy.name for each in policies.items}
    projects = choices.own_projects(call)
    names = {**group_names, **policy_names, **{UUID(key): name for key, name in projects if key}}
    is_complete = not change.missing
    rows = previews.of(call, change, views, names) if is_complete else []
    is_asked_again = "asked" in request.form
    return render(
        "monitors/bulk.html",
        call,
        active="monitors",
        act=change.act,
        change=change,
        form=form,
        views=views,
        rows=rows,
        counts=previews.counted(rows),
        is_complete=is_complete,
        missing=change.missing if is_asked_again else {},
        groups=group_names,
        policies=policy_names,
        projects=projects,
        fields=_fields(),
    )


def _covered(call: Call, change: Change, views: Sequence[MonitorView]) -> Response:
    changes.cover(call, change, views)
    return see("monitors.index", notice="bulk-done")


def _chosen(call: Call) -> list[MonitorView]:
    """Return the monitors of the form: those named, or the first ones of its search."""
    found = monitor_views.among(call.session, call.organization_id, _ids(call))
    if not found:
        raise Invalid({"id": [_("Select at least one monitor.")]})
    return found


def _ids(call: Call) -> Sequence[UUID]:
    if "all" in request.form:
        wanted = ListAddress.read(request.form).filter()
        return monitor_lists.public_ids(
            call.session, call.organization_id, wanted, limit=MOST, now=call.now
        )
    given = request.form.getlist("id")
    if len(given) > MOST:
        raise Invalid({"id": [_("Select at most %(most)s monitors.") % {"most": MOST}]})
    return [UUID(each) for each in given if _is_identity(each)]


def _is_identity(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _fields() -> list[tuple[str, str]]:
    """Return the value of the act as it was sent, for hidden fields."""
    return [(name, value) for name in _VALUES for value in request.form.getlist(name)]


def _done() -> int:
    """Return how many monitors the requests before this one have changed, for the reader only."""
    text = request.form.get("done", "")
    return min(int(text), MOST) if text.isascii() and text.isdigit() else 0


def _refused(results: Sequence[Result]) -> list[str]:
    return [f"{each.name}: {each.problem}" for each in results if each.problem]
