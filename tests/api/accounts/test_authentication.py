"""No route is open by accident: each asks for a token, or is named here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from security.jwt.tokens import Claims
from tests.api.client import ApiClient

OPEN = {
    ("GET", "/api/docs"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/v1/schemas"),
    ("GET", "/api/v1/schemas/<string:name>"),
    ("GET", "/api/v1/schemas/events"),
    ("GET", "/api/v1/schemas/events/<string:name>"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/assets/<name>"),
    ("GET", "/dev/inbox"),
    ("GET", "/healthz"),
    ("GET", "/links/export/<token>/<name>"),
    ("GET", "/metrics"),
    ("GET", "/ping/<token>"),
    ("GET", "/ping/<token>/<signal>"),
    ("GET", "/readyz"),
    ("POST", "/api/v1/auth/accept-invitation"),
    ("POST", "/api/v1/auth/confirm-email"),
    ("POST", "/api/v1/auth/confirm-registration"),
    ("POST", "/api/v1/auth/disown-login"),
    ("POST", "/api/v1/auth/forgot-password"),
    ("POST", "/api/v1/auth/reset-password"),
    ("POST", "/api/v1/auth/restore-account"),
    ("POST", "/api/v1/auth/restore-organization"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/api/v1/auth/passkey"),
    ("POST", "/api/v1/auth/passkey/options"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/register"),
    ("POST", "/api/v1/auth/switch"),
    ("POST", "/api/v1/billing/events"),
    ("POST", "/oauth/introspect"),
    ("POST", "/oauth/revoke"),
    ("POST", "/oauth/token"),
    ("POST", "/ping/<token>"),
    ("POST", "/ping/<token>/<signal>"),
}


def routes(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Yield the routes of programs. Those of people are the subject of tests/web/test_routes.py."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("web-", "static_files.")):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule


def path_of(rule: Rule) -> str:
    """Fill in an id for each part of the path."""
    return "/".join(str(uuid4()) if part.startswith("<") else part for part in rule.rule.split("/"))


def claims_of(client: ApiClient) -> Claims:
    me, sessions = client.read("me"), client.read("sessions")["items"]
    return Claims(
        user_id=me["user"]["id"],
        organization_id=me["organization"]["id"],
        session_id=next(each["id"] for each in sessions if each["is_this"]),
    )


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer x.y.z", "Basic YTpi", "Bearer a b"]
)
def test_every_route_asks_for_a_token_except_the_open_ones(
    app: Flask, anybody: ApiClient, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    asking = {
        (method, rule.rule)
        for method, rule in routes(app)
        if (method, rule.rule) not in OPEN
        and anybody.send(method, path_of(rule), headers=headers).status_code == 401
    }
    every = {(method, rule.rule) for method, rule in routes(app)}
    assert asking == every - OPEN
    assert every >= OPEN


def test_a_good_signature_for_nobody_opens_nothing(app: Flask, client: ApiClient) -> None:
    tokens = app.extensions["downtime"].tokens
    own = claims_of(client)
    now = datetime.now(UTC)
    for name in ("user_id", "organization_id", "session_id"):
        client.token = tokens.issue(replace(own, **{name: uuid4()}), now=now)
        assert client.get("me").status_code == 401
    client.token = tokens.issue(own, now=now)
    assert client.get("me").status_code == 200


def test_an_expired_token_opens_nothing(app: Flask, client: ApiClient) -> None:
    claims = claims_of(client)
    tokens = app.extensions["downtime"].tokens
    client.token = tokens.issue(claims, now=datetime.now(UTC) - timedelta(hours=1))
    assert client.get("me").status_code == 401
    client.token = tokens.issue(claims, now=datetime.now(UTC))
    assert client.get("me").status_code == 200


def test_a_refresh_token_is_no_access_token(client: ApiClient) -> None:
    client.token = client.refresh_token
    assert client.get("me").status_code == 401


def test_a_token_in_the_query_is_not_looked_at(client: ApiClient) -> None:
    token, client.token = client.token, None
    assert client.get("me", access_token=token).status_code == 401
