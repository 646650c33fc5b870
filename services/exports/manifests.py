"""The manifest of an export, whose signature proves every byte of every part."""

import uuid
from datetime import UTC, datetime

from models import Export, ExportPart
from services.exports.documents import DOCUMENTS
from services.exports.exports import ExportView
from services.exports.formats import FORMATS

SCHEMA = "export.manifest.v1"
NAME = "manifest.jws"


def part_name(export: Export, part: ExportPart) -> str:
    """Return the file name of a part, such as `checks-0001.ndjson.gz.age`."""
    suffix = FORMATS[export.format].suffix
    return f"{export.document}-{part.number:04}{suffix}.{export.container}"


def claims(view: ExportView, *, issuer: str, organization_id: uuid.UUID) -> dict[str, object]:
    """Return the signed claims. They reveal nothing of the content but its length."""
    export = view.export
    return {
        "iss": issuer,
        "iat": int((export.finished_at or export.requested_at).timestamp()),
        "sub": str(export.public_id),
        "org": str(organization_id),
        "schema": SCHEMA,
        "document": export.document,
        "document_schema": DOCUMENTS[export.document].schema,
        "format": export.format,
        "container": export.container,
        "recipient": export.recipient,
        "from": _moment(export.start_at),
        "to": _moment(export.end_at),
        "rows": export.rows,
        "parts": [
            {
                "name": part_name(export, part),
                "rows": part.rows,
                "bytes": part.size_bytes,
                "sha256": part.sha256,
            }
            for part in view.parts
        ],
    }


def schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of the claims."""
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 0}
    moment, public_id = {**text, "format": "date-time"}, {**text, "format": "uuid"}
    part = {"name": text, "rows": whole, "bytes": whole, "sha256": {"pattern": "^[0-9a-f]{64}$"}}
    properties: dict[str, object] = {
        "iss": {**text, "description": "The address of this service."},
        "iat": {**whole, "description": "When the export was finished, in unix time."},
        "sub": {**public_id, "description": "The id of the export."},
        "org": {**public_id, "description": "Whose it is."},
        "schema": {"const": SCHEMA},
        "document": {"enum": list(DOCUMENTS)},
        "document_schema": {"enum": [each.schema for each in DOCUMENTS.values()]},
        "format": {"enum": list(FORMATS)},
        "container": {"enum": ["age", "jwe"]},
        "recipient": text,
        "from": moment,
        "to": moment,
        "rows": {**whole, "description": "Of all parts together."},
        "parts": {"type": "array", "items": _closed(part), "description": "All of them in order."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "What the signed manifest of an export says.",
        **_closed(properties),
    }


def _closed(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _moment(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
