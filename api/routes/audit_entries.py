"""The audit log: reading and exporting it."""

import json
from typing import Any
from uuid import UUID

from flask import Response

from api.request.blueprint import Blueprint
from api.schemas.audit_entries import (
    AuditEntryPageSchema,
    AuditEntryQuery,
    AuditEntrySchema,
    ChainQuery,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services import quotas
from services.audit import entries
from services.audit.entries import EntryFilter, EntryView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "audit-entries",
    __name__,
    url_prefix="/api/v1/audit-entries",
    description="The audit log: who did what, and when.",
)


@blueprint.route("", permission=Permission.AUDIT_READ)
@blueprint.arguments(AuditEntryQuery, location="query")
@blueprint.response(200, AuditEntryPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[EntryView]:
    """List entries of the audit log, newest first."""
    _require_feature(call)
    page = PageRequest(limit=query.pop("limit"), cursor=query.pop("cursor", None))
    address = query.pop("ip", None)
    wanted = EntryFilter(**query, ip=None if address is None else str(address))
    return entries.page(call.session, call.organization_id, wanted, page)


@blueprint.route("/chain", permission=Permission.AUDIT_READ)
@blueprint.arguments(ChainQuery, location="query")
@blueprint.response(200, {"type": "string"}, content_type="application/x-ndjson")
def export(call: Call, query: dict[str, Any]) -> Response:
    """Export the chain, oldest first, up to 1,000 entries on lines of their own.

    The next page begins after the `sequence` of the last line. An empty page is the end.
    """
    _require_feature(call)
    rows = entries.chain_after(call.session, call.organization_id, query["after"])
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    return Response(lines, mimetype="application/x-ndjson")


@blueprint.route("/<uuid:entry_id>", permission=Permission.AUDIT_READ)
@blueprint.response(200, AuditEntrySchema)
def show(call: Call, entry_id: UUID) -> EntryView:
    """Show an entry of the audit log."""
    _require_feature(call)
    return entries.find(call.session, call.organization_id, entry_id)


def _require_feature(call: Call) -> None:
    """Raise `LimitReached` unless the plan includes the audit log."""
    quotas.refuse_unless_included(call.session, call.organization_id, entries.FEATURE)
