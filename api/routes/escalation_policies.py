"""Escalation policies: steps that notify more people until somebody acknowledges the incident."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.escalation_policies import (
    EscalationPolicyChangeSchema,
    EscalationPolicyCreateSchema,
    EscalationPolicyPageSchema,
    EscalationPolicySchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.escalation import policies as escalation_policies
from services.escalation import views as escalation_views
from services.escalation.policies import PolicyChanges, PolicyValues
from services.escalation.views import PolicyView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "escalation-policies",
    __name__,
    url_prefix="/api/v1/escalation-policies",
    description="Steps that notify more people until somebody acknowledges the incident.",
)


@blueprint.route("", permission=Permission.ESCALATION_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, EscalationPolicyPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[PolicyView]:
    """List escalation policies by name."""
    return escalation_views.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.ESCALATION_WRITE)
@blueprint.arguments(EscalationPolicyCreateSchema)
@blueprint.response(201, EscalationPolicySchema)
def create(call: Call, values: PolicyValues) -> PolicyView:
    """Create an escalation policy."""
    return escalation_policies.create(call.session, call.organization_id, values, now=call.now)


@blueprint.route("/<uuid:policy_id>", permission=Permission.ESCALATION_READ)
@blueprint.response(200, EscalationPolicySchema)
def show(call: Call, policy_id: UUID) -> PolicyView:
    """Show an escalation policy."""
    return escalation_views.find(call.session, call.organization_id, policy_id)


@blueprint.route("/<uuid:policy_id>", methods=["PATCH"], permission=Permission.ESCALATION_WRITE)
@blueprint.arguments(EscalationPolicyChangeSchema(partial=("name", "steps")))
@blueprint.response(200, EscalationPolicySchema)
def change(call: Call, changes: PolicyChanges, policy_id: UUID) -> PolicyView:
    """Change an escalation policy.

    Open incidents continue with the new steps.
    """
    return escalation_policies.change(
        call.session, call.organization_id, policy_id, changes, now=call.now
    )


@blueprint.route("/<uuid:policy_id>", methods=["DELETE"], permission=Permission.ESCALATION_WRITE)
@blueprint.response(204)
def delete(call: Call, policy_id: UUID) -> None:
    """Delete an escalation policy. No monitor may use it."""
    escalation_policies.delete(call.session, call.organization_id, policy_id)
