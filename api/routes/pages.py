"""The interactive API document, and what its page is made of."""

from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, send_from_directory
from werkzeug.exceptions import NotFound

from server.request.headers import DOCS_POLICY, PAGE_POLICY

_OURS = Path(__file__).parent.parent / "static"
_SWAGGER = Path(str(files("flask_swagger_ui"))) / "dist"
_ASSETS = {
    "docs.js": _OURS,
    "pages.css": _OURS,
    "swagger-ui.css": _SWAGGER,
    "swagger-ui-bundle.js": _SWAGGER,
    "favicon-32x32.png": _SWAGGER,
}

blueprint = Blueprint("pages", __name__)


@blueprint.get("/api/docs")
def docs() -> Response:
    response = page("docs.html")
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response


@blueprint.get("/assets/<name>")
def asset(name: str) -> Response:
    if name not in _ASSETS:
        raise NotFound
    response = send_from_directory(_ASSETS[name], name)
    # These files change together, and with the pages that use them.
    own = _ASSETS[name] == _OURS
    response.headers["Cache-Control"] = "no-cache" if own else "public, max-age=3600"
    return response


def page(template: str, status: int = HTTPStatus.OK, **values: object) -> Response:
    """Render a page whose content security policy allows only files of this service."""
    response = make_response(render_template(template, **values), status)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response
