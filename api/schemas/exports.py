"""Schemas of exports."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.request.example_ids import IDS
from api.schemas.base import Schema, Timestamp, page_of
from api.schemas.examples import example
from models.export import ExportState
from services.exports.documents import DOCUMENTS
from services.exports.exports import MOST_MONITORS, ExportValues
from services.exports.formats import FORMATS


@example(
    {
        "document": "checks",
        "format": "ndjson",
        "container": "jwe",
        "recipient": IDS["recipient"],
        "monitor_ids": [IDS["monitor"]],
    }
)
class ExportCreateSchema(Schema):
    document = fields.String(
        required=True,
        validate=validate.OneOf(list(DOCUMENTS)),
        metadata={
            "description": (
                "The document to export. `/api/v1/schemas` has the JSON Schema of each."
            )
        },
    )
    format = fields.String(
        required=True,
        validate=validate.OneOf(list(FORMATS)),
        metadata={
            "description": (
                "The format of the parts. JSON, NDJSON and CSV are compressed with gzip."
            )
        },
    )
    container = fields.String(
        load_default="age",
        validate=validate.OneOf(["age", "jwe"]),
        metadata={"description": "The encryption container. A JWE contains at most 1 MiB."},
    )
    recipient = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={
            "description": (
                "The recipient that can decrypt the export: a public key such as `age1…`, or for"
                " a JWE the id of a recipient."
            )
        },
    )
    start = Timestamp(
        data_key="from",
        metadata={"description": "The start of the period. 24 hours before its end by default."},
    )
    end = Timestamp(
        data_key="to",
        metadata={
            "description": (
                "The end of the period. Now by default; a later time is replaced by now."
            )
        },
    )
    monitor_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(1, MOST_MONITORS),
        metadata={"description": "The monitors to export. By default all, including deleted ones."},
    )

    @ma.post_load
    def _values(self, data: dict[str, Any], **_: object) -> ExportValues:
        return ExportValues(**data)


class ExportSchema(Schema):
    """An export, and its progress."""

    id = fields.UUID(attribute="export.public_id", required=True)
    state = fields.Enum(ExportState, by_value=True, attribute="export.state", required=True)
    document = fields.String(attribute="export.document", required=True)
    format = fields.String(attribute="export.format", required=True)
    container = fields.String(attribute="export.container", required=True)
    recipient = fields.String(attribute="export.recipient", required=True)
    start = Timestamp(attribute="export.start_at", data_key="from", required=True)
    end = Timestamp(attribute="export.end_at", data_key="to", required=True)
    progress = fields.Float(
        attribute="export.progress",
        required=True,
        metadata={"description": "The progress, from 0 to 1."},
    )
    rows = fields.Integer(
        attribute="export.rows",
        required=True,
        metadata={"description": "The number of rows in finished parts."},
    )
    size_bytes = fields.Integer(attribute="export.size_bytes", required=True)
    problem = fields.String(
        attribute="export.problem",
        required=True,
        allow_none=True,
        metadata={"description": "Why the export failed."},
    )
    requested_at = Timestamp(attribute="export.requested_at", required=True)
    finished_at = Timestamp(attribute="export.finished_at", required=True, allow_none=True)
    expires_at = Timestamp(
        attribute="export.expires_at",
        required=True,
        allow_none=True,
        metadata={"description": "The time until which the export can be downloaded."},
    )


class ExportFileSchema(Schema):
    """The manifest, or a part. Each part can be opened without the others."""

    name = fields.String(required=True)
    url = fields.String(
        required=True,
        metadata={
            "description": (
                "A signed link. Whoever has it can download the file until `expires_at`."
            )
        },
    )
    size_bytes = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The size in bytes. Null for the manifest."},
    )
    sha256 = fields.String(required=True, allow_none=True)


class ExportLinksSchema(Schema):
    expires_at = Timestamp(required=True)
    files = fields.List(fields.Nested(ExportFileSchema), required=True)


ExportPageSchema = page_of(ExportSchema, "ExportPage")
