"""The JSON Schemas of exported documents and of archived rows. They are public: they contain no customer data."""

from flask import Response, jsonify

from api.request.blueprint import Blueprint
from services.archive import schemas as archive_schemas
from services.errors import NotFound
from services.exports import documents as export_documents
from services.exports import manifests as export_manifests
from services.exports.documents import DOCUMENTS

blueprint = Blueprint(
    "schemas",
    __name__,
    url_prefix="/api/v1/schemas",
    description="The JSON Schemas of exported documents and of archived rows.",
)

_JSON_SCHEMA = "application/schema+json"
_SCHEMAS = {
    **{each.schema: export_documents.schema(each) for each in DOCUMENTS.values()},
    export_manifests.SCHEMA: export_manifests.schema(),
    **archive_schemas.SCHEMAS,
}


@blueprint.open_route("")
@blueprint.response(200, {"type": "object"})
def index() -> Response:
    """List the documents. The events are listed at `/api/v1/schemas/events`."""
    return jsonify(
        items=[
            {"name": name, "description": schema["description"]}
            for name, schema in _SCHEMAS.items()
        ]
    )


@blueprint.open_route("/<string:name>")
@blueprint.response(200, {"type": "object"}, content_type=_JSON_SCHEMA)
def show(name: str) -> Response:
    """Show the JSON Schema (2020-12) of a document."""
    if name not in _SCHEMAS:
        raise NotFound("document")
    response = jsonify(_SCHEMAS[name])
    response.mimetype = _JSON_SCHEMA
    return response
