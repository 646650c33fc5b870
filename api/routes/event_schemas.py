"""The JSON Schemas of events. They are public, because they contain no customer data."""

from flask import Response, jsonify

from api.request.blueprint import Blueprint
from api.schemas.event_subscriptions import EventNamesSchema
from services.errors import NotFound
from services.events import schemas as event_schemas

blueprint = Blueprint(
    "event-schemas",
    __name__,
    url_prefix="/api/v1/schemas/events",
    description="The events, and the JSON Schema of each.",
)

_JSON_SCHEMA = "application/schema+json"


@blueprint.open_route("")
@blueprint.response(200, EventNamesSchema)
def index() -> dict[str, object]:
    """List the events, and when each happens."""
    return {
        "items": [
            {"name": name, "description": description}
            for name, (_, description) in event_schemas.EVENTS.items()
        ]
    }


@blueprint.open_route("/<string:name>")
@blueprint.response(200, {"type": "object"}, content_type=_JSON_SCHEMA)
def show(name: str) -> Response:
    """Show the JSON Schema (2020-12) of an event."""
    if name not in event_schemas.EVENTS:
        raise NotFound("event")
    response = jsonify(event_schemas.schema(name))
    response.mimetype = _JSON_SCHEMA
    return response
