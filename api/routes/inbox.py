"""The development inbox: messages of the local sinks. Not registered in production."""

from flask import Blueprint, Response, jsonify, request

from api.pages import inbox
from api.routes.pages import page
from server.resources import resources

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/dev/inbox")
def show() -> Response:
    """Show mails and texts. A client that accepts only JSON gets JSON."""
    received = inbox.read(resources().settings.var_dir / "inbox")
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "text/html":
        return page("inbox.html", inbox=received)
    return jsonify(received.as_json())
