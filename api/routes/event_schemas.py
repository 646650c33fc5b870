"""The schemas of events, for everybody: they hold nothing of anybody."""

from flask import Response, jsonify
from werkzeug.exceptions import NotFound

from api.blueprint import Blueprint
from services import event_bodies

blueprint = Blueprint(
    "event-schemas",
    __name__,
    url_prefix="/api/v1/schemas/events",
    description="What events say",
)


@blueprint.open_route("")
def index() -> Response:
    """List the events: when each happens."""
    return jsonify(
        items=[
            {"name": name, "description": description}
            for name, (_, description) in event_bodies.EVENTS.items()
        ]
    )


@blueprint.open_route("/<name>")
def show(name: str) -> Response:
    """Return the JSON Schema (2020-12) of an event."""
    if name not in event_bodies.EVENTS:
        raise NotFound
    response = jsonify(event_bodies.schema(name))
    response.mimetype = "application/schema+json"
    return response
