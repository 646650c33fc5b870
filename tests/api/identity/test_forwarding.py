"""Abuse 134: a proxy that nobody counted is noticed, and what it says is not believed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs

from application import create_app
from config.settings import Settings
from tests.api.client import ApiClient

Make = Callable[..., Flask]
CLAIM = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Make]:
    made = []

    def make(**changes: object) -> Flask:
        made.append(create_app(settings.model_copy(update=changes)))
        return made[-1]

    yield make
    for each in made:
        each.extensions["downtime"].redis.close()


def said(app: Flask, peer: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    client = ApiClient(app)
    with capture_logs() as logs:
        for _ in range(3):
            peered = {"REMOTE_ADDR": peer}
            client.send("GET", "/healthz", headers=headers, environ_overrides=peered)
    return [dict(each) for each in logs if each["event"] == "proxy_not_counted"]


@pytest.mark.abuse(134)
@pytest.mark.parametrize("peer", ["172.18.0.1", "10.0.0.7", "127.0.0.1", "fd00::1"])
def test_a_proxy_that_is_not_counted_is_reported_once(make_app: Make, peer: str) -> None:
    app = make_app(environment="production", trusted_proxies=0)
    assert said(app, peer, CLAIM) == [
        {
            "event": "proxy_not_counted",
            "setting": "DOWNTIME_TRUSTED_PROXIES",
            "log_level": "error",
        }
    ]
    assert said(app, peer, CLAIM) == []


@pytest.mark.parametrize(
    ("changes", "peer", "headers"),
    [
        ({}, "172.18.0.1", {}),
        # Anybody in the world may send the header.
        ({}, "9.9.9.9", CLAIM),
        ({"trusted_proxies": 1}, "172.18.0.1", CLAIM),
        ({"environment": "development"}, "127.0.0.1", CLAIM),
    ],
)
def test_nothing_is_said_where_nothing_is_wrong(
    make_app: Make, changes: dict[str, object], peer: str, headers: dict[str, str]
) -> None:
    app = make_app(**{"environment": "production", "trusted_proxies": 0, **changes})
    assert said(app, peer, headers) == []
