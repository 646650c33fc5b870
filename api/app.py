"""The web application factory."""

import time
from datetime import timedelta

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from api.document import make_api
from api.request import problems
from api.routes import (
    accounts,
    acknowledgements,
    analysis,
    api_keys,
    audit_entries,
    auth,
    billing,
    channels,
    checks,
    contact_groups,
    contacts,
    credentials,
    custom_roles,
    deliveries,
    domains,
    draft_test_runs,
    escalation_policies,
    event_schemas,
    event_subscriptions,
    export_downloads,
    exports,
    inbox,
    incidents,
    invitations,
    maintenance_windows,
    me,
    members,
    message_templates,
    monitor_history,
    monitors,
    oauth,
    on_call_overrides,
    on_call_schedules,
    organizations,
    pages,
    passkeys,
    pings,
    plan,
    projects,
    recipients,
    regions,
    schemas,
    second_factor,
    service_accounts,
    sessions,
    slos,
    sso_connections,
    system,
    teams,
    test_runs,
    well_known,
)
from config.settings import Settings
from models.session import api_scope
from security.egress.addresses import EgressPolicy
from security.jwt.signing_keys import SigningKeys
from security.jwt.tokens import AccessTokens
from security.links import Links
from security.vault import KeyRing
from server.counting.limiter import Limiter, NoLimiter
from server.counting.shares import Shares
from server.counting.versions import Versions
from server.identity import forwarding
from server.identity.token_keys import TokenKeys
from server.limits import admission, rate_limits
from server.readiness import Readiness
from server.request import headers, hosts, lifecycle
from server.request.transactions import of_api
from server.resources import Resources, Transactions, provide
from services.archive import stores as archive_stores
from services.operations import health

_VERSIONED = (
    accounts,
    auth,
    me,
    second_factor,
    passkeys,
    sessions,
    monitors,
    monitor_history,
    test_runs,
    draft_test_runs,
    checks,
    slos,
    incidents,
    acknowledgements,
    deliveries,
    contacts,
    channels,
    contact_groups,
    escalation_policies,
    event_subscriptions,
    event_schemas,
    exports,
    schemas,
    on_call_schedules,
    on_call_overrides,
    message_templates,
    credentials,
    api_keys,
    service_accounts,
    members,
    teams,
    projects,
    custom_roles,
    domains,
    sso_connections,
    invitations,
    regions,
    maintenance_windows,
    organizations,
    plan,
    billing,
    recipients,
    analysis,
    audit_entries,
)


def create_app(settings: Settings, transaction: Transactions = api_scope) -> Flask:
    """Return the application. It connects to nothing before the first request that requires it."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    provide(app, make_resources(settings, transaction))
    headers.register(app)
    forwarding.register(app, settings)
    rate_limits.register(app)
    lifecycle.register(app)
    hosts.register(app, settings)
    admission.register(app, settings)
    api = make_api(app)
    problems.register(app)
    for module in _VERSIONED:
        api.register_blueprint(module.blueprint)
    app.register_blueprint(oauth.blueprint)
    app.register_blueprint(well_known.blueprint)
    app.register_blueprint(system.blueprint)
    app.register_blueprint(pings.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(export_downloads.blueprint)
    if settings.environment == "development":
        app.register_blueprint(inbox.blueprint)
    return app


def make_resources(settings: Settings, transaction: Transactions) -> Resources:
    """Return the resources of an application."""
    redis = _redis(settings)
    ring = KeyRing.from_settings(settings)
    first = SigningKeys.of(settings.jwt_private_key.get_secret_value())
    return Resources(
        settings=settings,
        transaction=of_api(transaction, settings, redis),
        redis=redis,
        limiter=Limiter(redis) if settings.rate_limits else NoLimiter(),
        tokens=AccessTokens(
            TokenKeys(first, transaction, ring),
            issuer=settings.public_url,
            lifetime=timedelta(seconds=settings.access_token_seconds),
        ),
        links=Links.from_settings(settings),
        egress=EgressPolicy.from_settings(settings),
        ring=ring,
        readiness=Readiness(
            lambda: health.examine(
                transaction,
                redis,
                wall_clock=time.time(),
                is_archiving=archive_stores.is_enabled(settings),
            )
        ),
        shares=Shares(),
        versions=Versions(redis),
    )


def _redis(settings: Settings) -> Redis:
    """Return a client that answers or fails within a second and does not retry by itself."""
    return Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
    )
