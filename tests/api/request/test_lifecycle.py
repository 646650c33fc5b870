"""Request ids, and a log without secrets."""

import json
import re

import pytest
from structlog.testing import capture_logs

from config.settings import Settings
from tests.api.client import PASSWORD, ApiClient
from tests.log_lines import logging_as


def test_a_request_keeps_the_id_that_it_came_with(anybody: ApiClient) -> None:
    response = anybody.send("GET", "/healthz", headers={"X-Request-Id": "trace-12345.A_b"})
    assert response.headers["X-Request-Id"] == "trace-12345.A_b"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "line break", "<script>alert(1)</script>"]
)
def test_an_id_that_is_not_plain_is_replaced(anybody: ApiClient, given: str) -> None:
    response = anybody.send("GET", "/healthz", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"])


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


@pytest.mark.abuse(70)
def test_nobody_writes_a_line_of_their_own_into_the_log(
    client: ApiClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"User-Agent": "\x1b[31mred", "X-Request-Id": "\x1b[31m-forged"}
    capsys.readouterr()
    with logging_as(settings.model_copy(update={"log_format": "json"})):
        client.send("GET", '/nowhere%0d%0a{"event":"forged"}', headers=headers)
        client.post("monitors", {"name": "two\r\n{}", "url": "https://shop.test/\r\n{}"})
    written = capsys.readouterr().err
    assert [json.loads(line)["event"] for line in written.splitlines()] == ["request", "request"]
    assert "forged" not in written
    assert "\x1b" not in written
