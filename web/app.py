"""The pages of an application, beside its API."""

from flask import Flask

from web import errors, rendering, static_files
from web.errors import Problem
from web.routes import (
    account,
    account_links,
    accounts,
    deliveries,
    incidents,
    login,
    members,
    message_links,
    monitor_editor,
    organization,
    preferences,
    settings,
)
from web.routing import Pages

_ROUTES: tuple[Pages, ...] = (
    account.pages,
    account_links.pages,
    accounts.pages,
    deliveries.pages,
    incidents.pages,
    login.pages,
    members.pages,
    message_links.pages,
    monitor_editor.pages,
    organization.pages,
    preferences.pages,
    settings.pages,
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
