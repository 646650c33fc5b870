"""The plan of the organization, and its usage."""

from collections.abc import Sequence
from typing import Any

from api.request.blueprint import Blueprint
from api.schemas.plans import PlanSchema, UsageQuery, UsageSchema
from domain.permissions import Permission
from server.identity.principal import Call
from services import time_range
from services.usage import hours, limits
from services.usage.hours import Step, UsageOf
from services.usage.limits import PlanView

blueprint = Blueprint(
    "plan",
    __name__,
    url_prefix="/api/v1/organization",
    description="The plan of the organization: its limits, and what is used of them.",
)


@blueprint.route("/plan", permission=Permission.ORGANIZATION_READ)
@blueprint.response(200, PlanSchema)
def show(call: Call) -> PlanView:
    """Show the plan, with what is used of each limit."""
    return limits.plan(call.session, call.organization_id, now=call.now)


@blueprint.route("/usage", permission=Permission.ORGANIZATION_READ)
@blueprint.arguments(UsageQuery, location="query")
@blueprint.response(200, UsageSchema)
def usage(call: Call, query: dict[str, Any]) -> dict[str, Sequence[UsageOf]]:
    """Show the metered usage by hour or by day.

    An hour is metered some minutes after its end. Late checks are added a day later.
    """
    window = time_range.window(query.get("start"), query.get("end"), now=call.now)
    step = Step(query["by"])
    return {"items": hours.read(call.session, call.organization_id, window, step=step)}
