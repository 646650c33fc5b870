"""The web application, put together."""

from datetime import timedelta

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from api import manners, problems
from api.document import make_api
from api.resources import Resources, Transactions, provide
from api.routes import (
    acknowledgements,
    auth,
    channels,
    contact_groups,
    contacts,
    credentials,
    deliveries,
    escalation_policies,
    event_schemas,
    event_subscriptions,
    inbox,
    incidents,
    links,
    maintenance_windows,
    me,
    message_templates,
    monitor_history,
    monitors,
    on_call_overrides,
    on_call_schedules,
    pages,
    pings,
    regions,
    system,
    traces,
)
from config.settings import Settings
from models.session import session_scope
from security.addresses import Policy
from security.links import Links
from security.tokens import AccessTokens
from security.vault import KeyRing

_VERSIONED = (
    auth,
    me,
    monitors,
    monitor_history,
    traces,
    incidents,
    acknowledgements,
    deliveries,
    contacts,
    channels,
    contact_groups,
    escalation_policies,
    event_subscriptions,
    event_schemas,
    on_call_schedules,
    on_call_overrides,
    message_templates,
    credentials,
    regions,
    maintenance_windows,
)


def create_app(settings: Settings, transaction: Transactions = session_scope) -> Flask:
    """Make the application; nothing is connected to before the first request needs it."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    provide(app, _resources(settings, transaction))
    manners.register(app)
    api = make_api(app)
    problems.register(app)
    for module in _VERSIONED:
        api.register_blueprint(module.blueprint)
    app.register_blueprint(system.blueprint)
    app.register_blueprint(pings.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(links.blueprint)
    if settings.environment == "development":
        app.register_blueprint(inbox.blueprint)
    return app


def _resources(settings: Settings, transaction: Transactions) -> Resources:
    return Resources(
        settings=settings,
        transaction=transaction,
        redis=_redis(settings),
        tokens=AccessTokens(
            settings.jwt_private_key.get_secret_value(),
            issuer=settings.public_url,
            lifetime=timedelta(seconds=settings.access_token_seconds),
        ),
        links=Links.from_settings(settings),
        egress=Policy.from_settings(settings),
        ring=KeyRing.from_settings(settings),
    )


def _redis(settings: Settings) -> Redis:
    """Make a client that answers or fails within a second, and never tries again by itself."""
    return Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
    )
