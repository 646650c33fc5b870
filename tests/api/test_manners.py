"""Request ids, careful headers, and a log without secrets."""

import re

import pytest
from structlog.testing import capture_logs

from tests.api.client import PASSWORD, ApiClient


def test_a_request_keeps_the_id_that_it_came_with(anybody: ApiClient) -> None:
    response = anybody.send("GET", "/healthz", headers={"X-Request-Id": "trace-12345.A_b"})
    assert response.headers["X-Request-Id"] == "trace-12345.A_b"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "line break", "<script>alert(1)</script>"]
)
def test_an_id_that_is_not_plain_is_replaced(anybody: ApiClient, given: str) -> None:
    response = anybody.send("GET", "/healthz", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"])


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/", "/api/docs", "/api/v1/me"])
def test_every_answer_has_careful_headers(anybody: ApiClient, path: str) -> None:
    headers = anybody.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_the_log_has_one_line_per_request_and_no_secret(client: ApiClient) -> None:
    with capture_logs() as logs:
        client.post("auth/login", {"email": "ada@example.test", "password": PASSWORD})
        client.get("monitors", q="hush-hush")
        client.post("auth/refresh", {"refresh_token": "hush-hush"})
    lines = [line for line in logs if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/api/v1/auth/login", 200),
        ("GET", "/api/v1/monitors", 200),
        ("POST", "/api/v1/auth/refresh", 401),
    ]
    everything = repr(logs)
    for secret in (PASSWORD, "hush-hush", str(client.token), "ada@example.test"):
        assert secret not in everything
