"""Analyses of a period, of one monitor or of all."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.request.jose import encryptable
from api.schemas.analysis import (
    MonitorAnalysisQuery,
    MonitorAnalysisSchema,
    OrganizationAnalysisQuery,
    OrganizationAnalysisSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.analytics import monitor_report, organization_report
from services.analytics.monitor_report import MonitorAnalysis
from services.analytics.organization_report import OrganizationAnalysis
from services.monitors import views as monitor_views
from services.time_range import window

blueprint = Blueprint(
    "analysis", __name__, url_prefix="/api/v1", description="Reliability metrics of a period."
)


@blueprint.route("/monitors/<uuid:monitor_id>/analysis", permission=Permission.ANALYSIS_READ)
@blueprint.arguments(MonitorAnalysisQuery, location="query")
@encryptable
@blueprint.response(200, MonitorAnalysisSchema)
def show_monitor(call: Call, query: dict[str, Any], monitor_id: UUID) -> MonitorAnalysis:
    """Analyze a monitor, and compare with the preceding period of the same length.

    The period is the last 24 hours by default.
    """
    monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    return monitor_report.of_monitor(
        call.session,
        monitor,
        window(query.get("start"), query.get("end"), now=call.now),
        threshold_ms=query.get("apdex_threshold_ms"),
        now=call.now,
    )


@blueprint.route("/analysis", permission=Permission.ANALYSIS_READ)
@blueprint.arguments(OrganizationAnalysisQuery, location="query")
@encryptable
@blueprint.response(200, OrganizationAnalysisSchema)
def show_organization(call: Call, query: dict[str, Any]) -> OrganizationAnalysis:
    """Analyze all monitors of the organization, and list the worst ones.

    The period is the last 24 hours by default.
    """
    return organization_report.of_organization(
        call.session,
        call.organization_id,
        window(query.get("start"), query.get("end"), now=call.now),
        worst=query["worst"],
        now=call.now,
    )
