"""Monitors: what is checked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, jsonify

from api.request.blueprint import Blueprint
from api.request.problems import service_problem
from api.routes import test_runs
from api.schemas.machines import RotationSchema
from api.schemas.monitor_bulk import BulkResultSchema, BulkSchema
from api.schemas.monitors import (
    CheckNowQuery,
    MonitorChangeSchema,
    MonitorCreateSchema,
    MonitorPageSchema,
    MonitorQuery,
    MonitorSchema,
    RequestedCheckSchema,
)
from api.schemas.test_runs import TestRunSchema
from domain.permissions import Permission
from server.identity.principal import Call
from server.limits import rate_limits
from server.resources import resources
from services.errors import Invalid
from services.heartbeats import heartbeats
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from services.monitors.listing import lists as monitor_lists
from services.monitors.listing.lists import MonitorFilter
from services.monitors.values import MonitorValues
from services.monitors.views import MonitorView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "monitors",
    __name__,
    url_prefix="/api/v1/monitors",
    description="Sites, ports, certificates and jobs that are checked.",
)


@blueprint.route("", permission=Permission.MONITOR_READ)
@blueprint.arguments(MonitorQuery, location="query")
@blueprint.response(200, MonitorPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[MonitorView]:
    """List monitors."""
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    found = monitor_lists.page(
        call.session, call.organization_id, MonitorFilter(**query), page, now=call.now
    )
    return replace(found, items=_with_ping_tokens(call, found.items))


@blueprint.route("", methods=["POST"], permission=Permission.MONITOR_WRITE)
@blueprint.arguments(MonitorCreateSchema)
@blueprint.response(201, MonitorSchema)
def create(call: Call, values: MonitorValues) -> MonitorView:
    """Create a monitor."""
    made = monitors.create(
        call.session,
        call.organization_id,
        values,
        ring=resources().ring,
        now=call.now,
        own=call.principal.permissions,
    )
    rate_limits.spend_messages(call)
    return _now(call, made)


@blueprint.route("/bulk", methods=["POST"], permission=Permission.MONITOR_WRITE)
@blueprint.arguments(BulkSchema)
@blueprint.response(201, BulkResultSchema)
@blueprint.alt_response(
    207,
    schema=BulkResultSchema,
    success=True,
    description="The result of each item, for the mode `each`.",
)
def create_bulk(call: Call, body: dict[str, Any]) -> tuple[dict[str, object], int]:
    """Create up to 500 monitors at once."""
    session, organization_id, wanted = call.session, call.organization_id, body["monitors"]
    ring, own = resources().ring, call.principal.permissions
    if body["mode"] == "all":
        made = monitors.create_all(
            session, organization_id, wanted, ring=ring, now=call.now, own=own
        )
        rate_limits.spend_messages(call)
        return {"items": _items(call, made)}, 201
    each_made = monitors.create_each(
        session, organization_id, wanted, ring=ring, now=call.now, own=own
    )
    rate_limits.spend_messages(call)
    return {"items": _items(call, each_made)}, 207


@blueprint.route("/<uuid:monitor_id>", permission=Permission.MONITOR_READ)
@blueprint.response(200, MonitorSchema)
def show(call: Call, monitor_id: UUID) -> MonitorView:
    """Show a monitor."""
    return _now(call, monitor_views.find(call.session, call.organization_id, monitor_id))


@blueprint.route("/<uuid:monitor_id>", methods=["PATCH"], permission=Permission.MONITOR_WRITE)
@blueprint.arguments(MonitorChangeSchema(partial=True))
@blueprint.response(200, MonitorSchema)
def change(call: Call, changes: MonitorChanges, monitor_id: UUID) -> MonitorView:
    """Change a monitor."""
    view = monitors.change(
        call.session,
        call.organization_id,
        monitor_id,
        changes,
        now=call.now,
        own=call.principal.permissions,
    )
    rate_limits.spend_messages(call)
    return _now(call, view)


@blueprint.route("/<uuid:monitor_id>", methods=["DELETE"], permission=Permission.MONITOR_WRITE)
@blueprint.response(204)
def delete(call: Call, monitor_id: UUID) -> None:
    """Delete a monitor.

    Channels that were notified of its outage are notified of the deletion.
    """
    monitors.delete(call.session, call.organization_id, monitor_id, now=call.now)
    rate_limits.spend_messages(call)


@blueprint.route("/<uuid:monitor_id>/pause", methods=["POST"], permission=Permission.MONITOR_WRITE)
@blueprint.response(200, MonitorSchema)
def pause(call: Call, monitor_id: UUID) -> MonitorView:
    """Pause a monitor until it is resumed."""
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    monitor_lifecycle.pause(call.session, view, now=call.now)
    rate_limits.spend_messages(call)
    return _now(call, view)


@blueprint.route("/<uuid:monitor_id>/resume", methods=["POST"], permission=Permission.MONITOR_WRITE)
@blueprint.response(200, MonitorSchema)
def resume(call: Call, monitor_id: UUID) -> MonitorView:
    """Resume a monitor."""
    view = monitors.resume(call.session, call.organization_id, monitor_id, now=call.now)
    rate_limits.spend_messages(call)
    return _now(call, view)


@blueprint.route(
    "/<uuid:monitor_id>/ping-url/rotate", methods=["POST"], permission=Permission.MONITOR_WRITE
)
@blueprint.arguments(RotationSchema)
@blueprint.response(200, MonitorSchema)
def rotate_ping_url(call: Call, overlap: timedelta, monitor_id: UUID) -> MonitorView:
    """Rotate the ping URL of a heartbeat.

    The present URL also works during the overlap.
    """
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    heartbeats.rotate_address(
        call.session, view.monitor, overlap=overlap, ring=resources().ring, now=call.now
    )
    return _now(call, view)


@blueprint.route("/<uuid:monitor_id>/check", methods=["POST"], permission=Permission.MONITOR_WRITE)
@blueprint.arguments(CheckNowQuery, location="query")
@blueprint.response(202, {"anyOf": [RequestedCheckSchema, TestRunSchema]})
def check_now(call: Call, query: dict[str, Any], monitor_id: UUID) -> Response:
    """Check now, outside of the schedule, or make a test run.

    A test run is recorded step by step. It is not in the check log and changes no state.
    """
    view = monitor_views.find_locked(call.session, call.organization_id, monitor_id)
    if query["test_run"]:
        return test_runs.begin(call, view, query.get("region"))
    rate_limits.spend(rate_limits.CHECKS_OF_MONITOR, str(call.organization_id), str(monitor_id))
    rate_limits.spend_check(call, view.monitor.kind, view.monitor.settings)
    slot = monitor_lifecycle.check_now(call.session, view, now=call.now)
    response = jsonify(
        RequestedCheckSchema().dump({"checked_at": datetime.fromtimestamp(slot, UTC)})
    )
    response.status_code = 202
    return response


def _now(call: Call, view: MonitorView) -> MonitorView:
    return _shown(call, [view])[0]


def _shown(call: Call, views: Sequence[MonitorView]) -> list[MonitorView]:
    return _with_ping_tokens(call, monitor_views.at(call.session, views, now=call.now))


def _with_ping_tokens(call: Call, views: Sequence[MonitorView]) -> list[MonitorView]:
    """Show the ping URLs to callers who may change monitors, since a ping reports for the job."""
    if Permission.MONITOR_WRITE not in call.principal.permissions:
        return list(views)
    return monitor_views.with_ping_tokens(call.session, views, ring=resources().ring)


def _items(call: Call, made: Sequence[MonitorView | Invalid]) -> list[dict[str, object]]:
    there = [each for each in made if isinstance(each, MonitorView)]
    shown = iter(_shown(call, there))
    return [
        _item(index, each if isinstance(each, Invalid) else next(shown))
        for index, each in enumerate(made)
    ]


def _item(index: int, made: MonitorView | Invalid) -> dict[str, object]:
    if isinstance(made, Invalid):
        problem = service_problem(made)
        return {"index": index, "status": problem["status"], "problem": problem}
    return {"index": index, "status": 201, "monitor": made}
