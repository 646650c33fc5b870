"""How a page becomes HTML: templates, filters, the language and the headers of a page."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, url_for
from jinja2 import Environment, PackageLoader, StrictUndefined

from server.identity.principal import Call
from server.request.headers import policy_of_pages
from server.resources import resources
from web import findings, formats, preferences, shell, static_files, translations, words
from web.monitors.lists import drawing

_KEY = "downtime-pages"


def register(app: Flask) -> None:
    app.extensions[_KEY] = _environment()


def render(
    template: str,
    call: Call | None = None,
    status: int = HTTPStatus.OK,
    *,
    active: str = "",
    about: Sequence[int | None] | None = None,
    **values: object,
) -> Response:
    """Return a page. With a call, the frame of the application is around it.

    `active` is the entry of the navigation that the page belongs to. `about` has the keys of the
    projects of what the page shows: its buttons are those that the reader may press there.
    """
    frame = shell.frame() if call is None else shell.of(call, active, about)
    text = _pages().get_template(template).render({"shell": frame, **values})
    response = Response(text, status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = policy_of_pages(resources().settings.live_url)
    # With no referrer at all, browsers would hide the origin of our own forms, too.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def see(endpoint: str, *, notice: str = "", **values: Any) -> Response:  # noqa: ANN401 - parts of a URL
    """Redirect to a page after an action, with a sentence of `Pages.notices` on it."""
    given = {"notice": notice} if notice else {}
    there = page_url(endpoint, **given, **values)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def page_url(endpoint: str, **values: Any) -> str:  # noqa: ANN401 - parts of a URL
    """Return the path of one of our pages, such as `monitors.show`."""
    return url_for(f"web-{endpoint}", **values)


def _pages() -> Environment:
    environment: Environment = current_app.extensions[_KEY]
    return environment


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        translations.gettext, translations.ngettext, newstyle=True
    )
    environment.filters |= {**formats.FILTERS, **drawing.FILTERS}
    environment.globals |= {
        "asset": static_files.url,
        "findings": findings,
        "url_for": url_for,
        "page_url": page_url,
        "locales": preferences.LOCALES,
        "themes": preferences.THEMES,
        "words": words,
    }
    return environment
