"""Limits how many requests of one organization, or without a login, are served at once.

A process has few threads. Further requests of the same caller are refused at once, so that other
callers still get a thread. Slow requests of one organization delay no other.
"""

from flask import Flask, current_app, g, request

from config.settings import Settings
from server.counting.shares import Share
from server.limits import rate_limits
from server.resources import resources

NEEDS_LOGIN = "_needs_login"
"""The attribute of views that determine their organization by themselves."""

_EXEMPT = frozenset(
    {
        "pings.ping",
        "static_files.serve",
        "system.alive",
        "system.ready",
        "system.show_metrics",
    }
)
"""A refusal would mislead load balancers, jobs and metric collectors. Browsers ask for all files of a
page at once, and each is in memory."""
_HELD = "shares"


def register(app: Flask, settings: Settings) -> None:
    if settings.rate_limits:
        app.before_request(_take_unauthenticated)
        app.teardown_request(lambda _: _give_back())


def take_of_organization(organization_id: int) -> None:
    """Count this request until it is served, once even if it is restarted, or raise `TooMany`."""
    g.organization_id = organization_id
    settings = resources().settings
    if settings.rate_limits and not g.get(_HELD):
        _take([(f"organization {organization_id}", settings.organization_requests_at_once)])


def _take_unauthenticated() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, NEEDS_LOGIN) or request.endpoint in _EXEMPT:
        return
    most = resources().settings.unauthenticated_requests_at_once
    # One network alone cannot block all others.
    _take([("unauthenticated", most), (f"network {rate_limits.address()}", max(1, most - 1))])


def _take(shares: list[Share]) -> None:
    resources().shares.take(shares)
    setattr(g, _HELD, shares)


def _give_back() -> None:
    held: list[Share] | None = g.pop(_HELD, None)
    if held:
        resources().shares.give_back(held)
