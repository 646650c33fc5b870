"""Pages for people: the overview, the incidents, and the interactive API document."""

from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, send_from_directory
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound

from models.session import database_now
from server.identity.operators import is_operator
from server.request.headers import DOCS_POLICY, PAGE_POLICY
from server.resources import resources
from services.operations import overview
from services.operations.overview import Overview

_OURS = Path(__file__).parent.parent / "static"
_SWAGGER = Path(str(files("flask_swagger_ui"))) / "dist"
_ASSETS = {
    "docs.js": _OURS,
    "incident.js": _OURS,
    "incidents.js": _OURS,
    "login.js": _OURS,
    "pages.css": _OURS,
    "swagger-ui.css": _SWAGGER,
    "swagger-ui-bundle.js": _SWAGGER,
    "favicon-32x32.png": _SWAGGER,
}

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    figures = _figures() if is_operator() else None
    return page("home.html", figures=figures, settings=resources().settings)


@blueprint.get("/incidents")
def incidents() -> Response:
    """Show a page that is the same for everybody. The API decides which data each user sees."""
    return page("incidents.html")


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


def _figures() -> Overview | None:
    try:
        with resources().transaction() as session:
            return overview.overview(session, now=database_now(session))
    except SQLAlchemyError:
        return None
