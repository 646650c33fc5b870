"""Service level objectives: error budgets and how fast they burn."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.slos import (
    CreatedSlosSchema,
    OpenSloSchema,
    SloChangeSchema,
    SloCreateSchema,
    SloPageSchema,
    SloQuery,
    SloSchema,
)
from domain.analytics.burn_rate import BurnRates
from domain.permissions import Permission
from models.slo import Indicator
from server.identity.principal import Call
from services.monitors import views as monitor_views
from services.pagination import Page, PageRequest
from services.slos import details, openslo, slos, views
from services.slos.details import SloDetail
from services.slos.values import SloChanges, SloValues
from services.slos.views import SloView

blueprint = Blueprint(
    "slos",
    __name__,
    url_prefix="/api/v1/slos",
    description="Service level objectives, their error budgets and burn rates.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown(SloView):
    status: dict[str, Any]


@blueprint.route("", permission=Permission.SLO_READ)
@blueprint.arguments(SloQuery, location="query")
@blueprint.response(200, SloPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[SloView]:
    """List SLOs by name."""
    monitor_id = query.pop("monitor_id", None)
    monitor = None
    if monitor_id is not None:
        monitor = monitor_views.find(call.session, call.organization_id, monitor_id).monitor
    return views.page(call.session, call.organization_id, PageRequest(**query), monitor=monitor)


@blueprint.route("", methods=["POST"], permission=Permission.SLO_WRITE)
@blueprint.arguments(SloCreateSchema)
@blueprint.response(201, SloSchema)
def create(call: Call, values: SloValues) -> _Shown:
    """Create an SLO."""
    view = slos.create(call.session, call.organization_id, values, now=call.now)
    return _shown(details.of(call.session, view, now=call.now))


@blueprint.route("/openslo", methods=["POST"], permission=Permission.SLO_WRITE)
@blueprint.arguments(OpenSloSchema)
@blueprint.response(201, CreatedSlosSchema)
def create_from_openslo(call: Call, body: dict[str, str]) -> dict[str, list[SloView]]:
    """Create the SLOs of an OpenSLO document: all, or none if one of them is invalid."""
    found = openslo.create(call.session, call.organization_id, body["document"], now=call.now)
    return {"items": found}


@blueprint.route("/<uuid:slo_id>", permission=Permission.SLO_READ)
@blueprint.response(200, SloSchema)
def show(call: Call, slo_id: UUID) -> _Shown:
    """Show an SLO with its error budget, its burn rates and the days of its period."""
    return _shown(details.find(call.session, call.organization_id, slo_id, now=call.now))


@blueprint.route("/<uuid:slo_id>", methods=["PATCH"], permission=Permission.SLO_WRITE)
@blueprint.arguments(SloChangeSchema(partial=True))
@blueprint.response(200, SloSchema)
def change(call: Call, changes: SloChanges, slo_id: UUID) -> _Shown:
    """Change an SLO. If it measures something else, its burn-rate alert starts over."""
    view = slos.change(call.session, call.organization_id, slo_id, changes, now=call.now)
    return _shown(details.of(call.session, view, now=call.now))


@blueprint.route("/<uuid:slo_id>", methods=["DELETE"], permission=Permission.SLO_WRITE)
@blueprint.response(204)
def delete(call: Call, slo_id: UUID) -> None:
    """Delete an SLO. Its monitors remain."""
    slos.delete(call.session, call.organization_id, slo_id)


@blueprint.route("/<uuid:slo_id>/openslo", permission=Permission.SLO_READ)
@blueprint.response(200, OpenSloSchema)
def show_openslo(call: Call, slo_id: UUID) -> dict[str, str]:
    """Show an SLO as an OpenSLO document."""
    return {"document": openslo.written([views.find(call.session, call.organization_id, slo_id)])}


def _shown(detail: SloDetail) -> _Shown:
    found, budget = detail.status, detail.status.budget
    share = budget.used_share
    status = {
        "period": {"start": detail.begins_at, "end": detail.ends_at},
        "unit": "seconds" if detail.slo.indicator is Indicator.AVAILABILITY else "checks",
        "percent": detail.history.percent,
        "budget": {
            "total": budget.total,
            "used": budget.used,
            "left": budget.left,
            "used_percent": None if share is None else 100 * share,
        },
        "burn_rates": [_burn(each) for each in found.burn_rates],
        "burning": detail.burn,
        "exhausted_at": detail.history.exhausted_at,
        "history": detail.history.days,
    }
    view = {each.name: getattr(detail, each.name) for each in fields(SloView)}
    return _Shown(**view, status=status)


def _burn(each: BurnRates) -> dict[str, object]:
    return {
        "factor": each.rule.factor,
        "long_window_seconds": each.rule.long,
        "long_rate": each.long,
        "short_window_seconds": each.rule.short,
        "short_rate": each.short,
        "is_exceeded": each.is_exceeded,
    }
