"""Domains that the organization proves to own."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.domains import DomainCreateSchema, DomainPageSchema, DomainSchema
from domain.permissions import Permission
from models import Domain
from server.identity.principal import Call
from server.limits import rate_limits
from services.domains import domains
from services.pagination import Page, PageRequest
from tasks.domains import wake

blueprint = Blueprint(
    "domains",
    __name__,
    url_prefix="/api/v1/domains",
    description="Domains of the organization, proven by a record in the DNS.",
)


@blueprint.route("", permission=Permission.ORGANIZATION_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, DomainPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[Domain]:
    """List domains by name."""
    return domains.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.arguments(DomainCreateSchema)
@blueprint.response(201, DomainSchema)
def create(call: Call, body: dict[str, str]) -> Domain:
    """Add a domain. The answer has the TXT record that proves it."""
    return domains.create(call.session, call.organization_id, **body, now=call.now)


@blueprint.route("/<uuid:domain_id>", permission=Permission.ORGANIZATION_READ)
@blueprint.response(200, DomainSchema)
def show(call: Call, domain_id: UUID) -> Domain:
    """Show a domain."""
    return domains.find(call.session, call.organization_id, domain_id)


@blueprint.route(
    "/<uuid:domain_id>/check", methods=["POST"], permission=Permission.ORGANIZATION_WRITE
)
@blueprint.response(202, DomainSchema)
def check(call: Call, domain_id: UUID) -> Domain:
    """Look up the TXT record now. Show the domain after a moment to see the result."""
    rate_limits.spend(rate_limits.DOMAIN_CHECKS, str(call.organization_id))
    domain = domains.request_check(call.session, call.organization_id, domain_id, now=call.now)
    call.after_commit.append(wake)
    return domain


@blueprint.route("/<uuid:domain_id>", methods=["DELETE"], permission=Permission.ORGANIZATION_WRITE)
@blueprint.response(204)
def delete(call: Call, domain_id: UUID) -> None:
    """Delete a domain. Another organization can prove it from then on."""
    domains.delete(call.session, call.organization_id, domain_id)
