"""The pages of an application, beside its API."""

from flask import Flask

from web import errors, rendering, static_files
from web.errors import Problem
from web.routes import (
    account_links,
    accounts,
    deliveries,
    incidents,
    login,
    message_links,
    overview,
    preferences,
)
from web.routing import Pages

_ROUTES: tuple[Pages, ...] = (
    account_links.pages,
    accounts.pages,
    deliveries.pages,
    incidents.pages,
    login.pages,
    message_links.pages,
    overview.pages,
    preferences.pages,
)


def add_pages(app: Flask, *, otherwise: Problem) -> Flask:
    """Add the pages to an application and return it.

    `otherwise` answers what failed outside of a page and was not requested by a browser.
    """
    rendering.register(app)
    app.register_blueprint(static_files.blueprint)
    for pages in _ROUTES:
        app.register_blueprint(pages)
    errors.register(app, otherwise)
    return app
