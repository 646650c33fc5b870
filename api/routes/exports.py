"""Exports: history as encrypted files, created in the background."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, jsonify, url_for

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.exports import (
    ExportCreateSchema,
    ExportLinksSchema,
    ExportPageSchema,
    ExportSchema,
)
from domain.permissions import Permission
from models import ExportPart, Organization
from models.export import ExportState
from security.links import SHORT, Purpose, Subject
from server.identity.principal import Call
from server.resources import resources
from services.exports import exports
from services.exports import manifests as export_manifests
from services.exports.exports import ExportValues, ExportView
from services.exports.worker import PartClaim
from services.pagination import Page, PageRequest
from tasks.exports import hand_over

_POLL_SECONDS = "2"

blueprint = Blueprint(
    "exports",
    __name__,
    url_prefix="/api/v1/exports",
    description="History as encrypted files.",
)


@blueprint.route("", permission=Permission.EXPORT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ExportPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[ExportView]:
    """List the exports of the last 30 days, newest first."""
    return exports.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.EXPORT_WRITE)
@blueprint.arguments(ExportCreateSchema)
@blueprint.response(202, ExportSchema)
def request(call: Call, values: ExportValues) -> Response:
    """Request an export.

    By default an organization may have three in progress, and request ten an hour.
    """
    view = exports.request(call.session, call.organization_id, values, now=call.now)
    call.after_commit.append(partial(hand_over, PartClaim(view.export.id, view.export.claim)))
    response = _answer(view)
    response.status_code = 202
    response.headers["Location"] = url_for("exports.show", export_id=view.export.public_id)
    return response


@blueprint.route("/<uuid:export_id>", permission=Permission.EXPORT_READ)
@blueprint.response(200, ExportSchema)
def show(call: Call, export_id: UUID) -> Response:
    """Show an export.

    While it is not finished, `Retry-After` gives the seconds until the next request.
    """
    return _answer(exports.find(call.session, call.organization_id, export_id))


@blueprint.route("/<uuid:export_id>", methods=["DELETE"], permission=Permission.EXPORT_WRITE)
@blueprint.response(204)
def delete(call: Call, export_id: UUID) -> None:
    """Cancel an export, or delete its files.

    Nobody can download it afterwards.
    """
    exports.delete(call.session, call.organization_id, export_id, now=call.now)


@blueprint.route("/<uuid:export_id>/links", methods=["POST"], permission=Permission.EXPORT_READ)
@blueprint.response(200, ExportLinksSchema)
def links(call: Call, export_id: UUID) -> dict[str, object]:
    """Create links to the manifest and all parts.

    The links work for ten minutes without a token.
    """
    view = exports.finished(call.session, call.organization_id, export_id)
    owner = call.session.get_one(Organization, call.organization_id)
    subject = Subject(organization_id=owner.public_id, id=view.export.public_id)
    base = resources().links.make(Purpose.EXPORT, subject, now=call.now)
    manifest = _file(base, export_manifests.NAME)
    parts = [
        _file(base, export_manifests.part_name(view.export, part), part) for part in view.parts
    ]
    return {"expires_at": call.now + SHORT, "files": [manifest, *parts]}


def _file(base: str, name: str, part: ExportPart | None = None) -> dict[str, object]:
    size_bytes, sha256 = (part.size_bytes, part.sha256) if part else (None, None)
    return {"name": name, "url": f"{base}/{name}", "size_bytes": size_bytes, "sha256": sha256}


def _answer(view: ExportView) -> Response:
    response = jsonify(ExportSchema().dump(view))
    if view.export.state in {ExportState.PENDING, ExportState.RUNNING}:
        response.headers["Retry-After"] = _POLL_SECONDS
    return response
