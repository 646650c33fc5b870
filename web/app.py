"""The pages of an application, beside its API."""

from flask import Flask

from web import errors, rendering, static_files
from web.errors import Problem
from web.routes import (
    account,
    account_links,
    accounts,
    acknowledge_links,
    api_keys,
    audit,
    channels,
    checks,
    contact_groups,
    contacts,
    credentials,
    deliveries,
    domains,
    event_subscriptions,
    exports,
    incidents,
    live,
    login,
    maintenance,
    members,
    message_links,
    message_templates,
    monitor_editor,
    monitors,
    operator,
    organization,
    organization_policy,
    overview,
    passkeys,
    plan,
    preferences,
    recipients,
    reports,
    search,
    service_accounts,
    settings,
    slos,
    sso,
    sso_connections,
)
from web.routes.access import custom_roles, projects, teams
from web.routes.on_call import overrides, policies, schedules
from web.routes.on_call import overview as on_call_overview
from web.routes.operating import organizations as operating_organizations
from web.routes.operating import users as operating_users
from web.routing import Pages

_ROUTES: tuple[Pages, ...] = (
    account.pages,
    account_links.pages,
    accounts.pages,
    acknowledge_links.pages,
    api_keys.pages,
    audit.pages,
    channels.pages,
    checks.pages,
    contact_groups.pages,
    contacts.pages,
    credentials.pages,
    custom_roles.pages,
    deliveries.pages,
    domains.pages,
    event_subscriptions.pages,
    exports.pages,
    incidents.pages,
    live.pages,
    login.pages,
    maintenance.pages,
    members.pages,
    message_links.pages,
    message_templates.pages,
    monitor_editor.pages,
    monitors.pages,
    on_call_overview.pages,
    operating_organizations.pages,
    operating_users.pages,
    operator.pages,
    organization.pages,
    organization_policy.pages,
    overrides.pages,
    overview.pages,
    passkeys.pages,
    plan.pages,
    policies.pages,
    preferences.pages,
    projects.pages,
    recipients.pages,
    reports.pages,
    schedules.pages,
    search.pages,
    service_accounts.pages,
    settings.pages,
    slos.pages,
    sso.logouts,
    sso.pages,
    sso_connections.pages,
    teams.pages,
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
