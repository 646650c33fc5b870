"""The history of one monitor: checks, incidents, pings, uptime and latency."""

from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from api.request.blueprint import Blueprint
from api.request.jose import encryptable
from api.schemas.base import Timestamp
from api.schemas.checks import CheckDetailQuery, CheckDetailSchema, CheckPageSchema, CheckQuery
from api.schemas.heartbeats import PingPageSchema, PingQuery
from api.schemas.incidents import IncidentPageSchema, IncidentQuery
from api.schemas.latency import LatencyQuery, LatencySchema
from api.schemas.series import SeriesQuery, SeriesSchema
from api.schemas.uptime import UptimeQuery, UptimeSchema
from domain.permissions import Permission
from models import Ping
from server.identity.principal import Call
from server.resources import archived
from services.analytics import check_log, latency, series, uptime
from services.analytics.check_log import Check, CheckFilter
from services.analytics.series import Series
from services.errors import Invalid, NotFound
from services.heartbeats import pings
from services.incidents import history as incident_history
from services.incidents.history import IncidentView
from services.incidents.search import IncidentFilter
from services.monitors import views as monitor_views
from services.pagination import Page, PageRequest
from services.schedules import regions
from services.time_range import window

blueprint = Blueprint(
    "monitor-history",
    __name__,
    url_prefix="/api/v1/monitors/<uuid:monitor_id>",
    description="The checks, incidents and metrics of one monitor.",
)


@blueprint.route("/checks", permission=Permission.MONITOR_READ)
@blueprint.arguments(CheckQuery, location="query")
@encryptable
@blueprint.response(200, CheckPageSchema)
def checks(call: Call, query: dict[str, Any], monitor_id: UUID) -> Page[Check]:
    """List checks, newest first."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    return check_log.page(
        call.session, monitor, CheckFilter(**query), page, now=call.now, archived=archived()
    )


@blueprint.route("/checks/<string:checked_at>", permission=Permission.MONITOR_READ)
@blueprint.arguments(CheckDetailQuery, location="query")
@encryptable
@blueprint.response(200, CheckDetailSchema)
def show_check(call: Call, query: dict[str, Any], monitor_id: UUID, checked_at: str) -> Check:
    """Show one check by its time, with the evidence if it failed."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    try:
        moment = Timestamp().deserialize(checked_at)
    except ValidationError as error:
        raise NotFound("check") from error
    return check_log.find(
        call.session, monitor, moment, region=query.get("region"), archived=archived()
    )


@blueprint.route("/incidents", permission=Permission.INCIDENT_READ)
@blueprint.arguments(IncidentQuery, location="query")
@encryptable
@blueprint.response(200, IncidentPageSchema)
def list_incidents(call: Call, query: dict[str, Any], monitor_id: UUID) -> Page[IncidentView]:
    """List the incidents of a monitor, newest first."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    return incident_history.page(
        call.session, call.organization_id, IncidentFilter(**query), page, monitor=monitor
    )


@blueprint.route("/pings", permission=Permission.MONITOR_READ)
@blueprint.arguments(PingQuery, location="query")
@encryptable
@blueprint.response(200, PingPageSchema)
def list_pings(call: Call, query: dict[str, Any], monitor_id: UUID) -> Page[Ping]:
    """List the last pings of a heartbeat, newest first."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    page = PageRequest(limit=query["limit"], cursor=query.get("cursor"))
    return pings.page(call.session, monitor, page)


@blueprint.route("/uptime", permission=Permission.MONITOR_READ)
@blueprint.arguments(UptimeQuery, location="query")
@encryptable
@blueprint.response(200, UptimeSchema)
def show_uptime(call: Call, query: dict[str, Any], monitor_id: UUID) -> dict[str, object]:
    """Show the uptime of a monitor. The span is the last 24 hours by default."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    asked = window(query.get("start"), query.get("end"), now=call.now)
    measured = uptime.of_monitor(call.session, monitor, asked, now=call.now)
    return {"start": asked.start, "end": asked.end, "uptime": measured}


@blueprint.route("/latency", permission=Permission.MONITOR_READ)
@blueprint.arguments(LatencyQuery, location="query")
@encryptable
@blueprint.response(200, LatencySchema)
def show_latency(call: Call, query: dict[str, Any], monitor_id: UUID) -> dict[str, object]:
    """Show the latency of a monitor. The span is the last 24 hours by default."""
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    asked = window(query.get("start"), query.get("end"), now=call.now)
    measured = latency.of_monitor(call.session, monitor, asked)
    return {"start": asked.start, "end": asked.end, "latency": measured}


def _region(call: Call, name: str) -> int:
    found = regions.ids(call.session, [name]).get(name)
    if found is None:
        raise Invalid({"region": [f"There is no region {name}."]})
    return found


@blueprint.route("/series", permission=Permission.MONITOR_READ)
@blueprint.arguments(SeriesQuery, location="query")
@encryptable
@blueprint.response(200, SeriesSchema)
def show_series(call: Call, query: dict[str, Any], monitor_id: UUID) -> Series:
    """Show uptime and latency over time, by hour, day or month in UTC.

    The span is the last 24 hours by default, and is widened to whole steps.
    """
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    region = query.get("region")
    return series.of_monitor(
        call.session,
        monitor,
        window(query.get("start"), query.get("end"), now=call.now),
        step=query.get("step"),
        region_id=None if region is None else _region(call, region),
        now=call.now,
    )
