"""Exports as they come in and go out."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Schema, Timestamp, page_of
from models.export import ExportState
from services.exports.documents import DOCUMENTS
from services.exports.exports import ExportValues
from services.exports.formats import FORMATS

_MOST_MONITORS = 1000


class ExportCreateSchema(Schema):
    document = fields.String(
        required=True,
        validate=validate.OneOf(list(DOCUMENTS)),
        metadata={"description": "What of the history. `/api/v1/schemas` has the schema of each."},
    )
    format = fields.String(
        required=True,
        validate=validate.OneOf(list(FORMATS)),
        metadata={"description": "JSON, NDJSON and CSV are in gzip."},
    )
    container = fields.String(
        load_default="age",
        validate=validate.OneOf(["age", "jwe"]),
        metadata={"description": "A JWE holds 1 MiB at most."},
    )
    recipient = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={
            "description": "Who can open it: a public key such as `age1…`, or for a JWE the id of a"
            " recipient."
        },
    )
    start = Timestamp(
        data_key="from", metadata={"description": "24 hours before the end if not given."}
    )
    end = Timestamp(data_key="to", metadata={"description": "Now if not given, or later."})
    monitor_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(1, _MOST_MONITORS),
        metadata={"description": "All if not given, also those that were deleted."},
    )

    @ma.post_load
    def _values(self, data: dict[str, Any], **_: object) -> ExportValues:
        return ExportValues(**data)


class ExportSchema(Schema):
    """What was asked for, and how far it is."""

    id = fields.UUID(attribute="export.public_id", required=True)
    state = fields.Enum(ExportState, by_value=True, attribute="export.state", required=True)
    document = fields.String(attribute="export.document", required=True)
    format = fields.String(attribute="export.format", required=True)
    container = fields.String(attribute="export.container", required=True)
    recipient = fields.String(attribute="export.recipient", required=True)
    start = Timestamp(attribute="export.start_at", data_key="from", required=True)
    end = Timestamp(attribute="export.end_at", data_key="to", required=True)
    progress = fields.Float(
        attribute="export.progress", required=True, metadata={"description": "From 0 to 1."}
    )
    rows = fields.Integer(
        attribute="export.rows", required=True, metadata={"description": "Of finished parts."}
    )
    size_bytes = fields.Integer(attribute="export.size_bytes", required=True)
    problem = fields.String(
        attribute="export.problem",
        required=True,
        allow_none=True,
        metadata={"description": "Why it failed."},
    )
    requested_at = Timestamp(attribute="export.requested_at", required=True)
    finished_at = Timestamp(attribute="export.finished_at", required=True, allow_none=True)
    expires_at = Timestamp(
        attribute="export.expires_at",
        required=True,
        allow_none=True,
        metadata={"description": "Until when it can be downloaded."},
    )


class ExportFileSchema(Schema):
    """The manifest, or a part. Parts can be opened without one another."""

    name = fields.String(required=True)
    url = fields.String(
        required=True,
        metadata={"description": "Opens it to whoever has it, until `expires_at`."},
    )
    size_bytes = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null for the manifest."}
    )
    sha256 = fields.String(required=True, allow_none=True)


class ExportLinksSchema(Schema):
    expires_at = Timestamp(required=True)
    files = fields.List(fields.Nested(ExportFileSchema), required=True)


ExportPageSchema = page_of(ExportSchema, "ExportPage")
