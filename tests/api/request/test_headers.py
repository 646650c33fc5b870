"""Careful headers on every answer, whatever was asked and however it failed."""

import json

import pytest

from config.settings import Settings
from server.resources import Transactions
from tests.api.applications import Serve
from tests.api.client import ApiClient, body_of

PATHS = [
    "/healthz",
    "/nowhere",
    "/",
    "/incidents",
    "/api/docs",
    "/api/openapi.json",
    "/api/v1/me",
    "/assets/no",
]
METHODS = ["TRACE", "TRACK", "CONNECT", "PROPFIND", "BREW", "PUT"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_careful_headers(anybody: ApiClient, path: str) -> None:
    headers = anybody.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    # The document may be kept, to be asked for by its ETag.
    assert headers["Cache-Control"] == ("no-cache" if path.endswith(".json") else "no-store")
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_what_is_no_page_may_load_nothing(anybody: ApiClient) -> None:
    closed = "default-src 'none'; frame-ancestors 'none'"
    for path in ("/api/openapi.json", "/api/v1/me", "/nowhere"):
        assert anybody.get(path).headers["Content-Security-Policy"] == closed
    assert "script-src 'self'" in anybody.get("/api/docs").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "is_sent"), [("https://status.example", True), ("http://127.0.0.1:8000", False)]
)
def test_browsers_are_told_to_stay_with_https_where_it_is_served(
    serve: Serve, settings: Settings, transaction: Transactions, url: str, *, is_sent: bool
) -> None:
    app = serve(settings.model_copy(update={"public_url": url}), transaction)
    assert ("Strict-Transport-Security" in ApiClient(app).get("/healthz").headers) == is_sent


@pytest.mark.abuse(76)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["monitors", "/healthz", "/api/openapi.json"])
def test_a_method_that_is_not_there_is_405_and_says_which_are(
    client: ApiClient, path: str, method: str
) -> None:
    response = client.send(method, path, headers={"X-Secret": "canary"})
    assert response.status_code == 405
    assert response.mimetype == "application/problem+json"
    assert "GET" in response.headers["Allow"]
    assert "TRACE" not in response.headers["Allow"]
    # TRACE would echo what a browser keeps from scripts.
    assert "canary" not in response.text


@pytest.mark.abuse(76)
def test_nothing_of_a_debugger_is_served(anybody: ApiClient) -> None:
    for path in ("/console", "/.git/config", "/.env", "/debug"):
        assert anybody.get(path).status_code == 404
    asked = {"__debugger__": "yes", "cmd": "resource", "f": "debugger.js"}
    assert "debugger" not in anybody.get("/", **asked).text


@pytest.mark.abuse(65)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_site_cannot_post(client: ApiClient, content_type: str) -> None:
    body = json.dumps({"name": "Shop", "url": "https://shop.test/"})
    response = client.send("POST", "monitors", data=body, content_type=content_type)
    assert response.status_code == 415
    overridden = {"X-HTTP-Method-Override": "DELETE", "Origin": "https://evil.example"}
    monitor = client.make_monitor()
    response = client.send("GET", f"monitors/{monitor['id']}", headers=overridden)
    assert body_of(response)["name"] == "Shop"
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.abuse(66)
def test_no_link_leads_where_a_request_says(client: ApiClient, settings: Settings) -> None:
    evil = {"Host": "127.6.6.6", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"}
    job = {
        "name": "Backup",
        "kind": "heartbeat",
        "settings": {"period_seconds": 3600, "grace_seconds": 60},
    }
    made = client.send("POST", "monitors", json=job, headers=evil)
    assert body_of(made)["heartbeat"]["ping_url"].startswith(f"{settings.public_url}/ping/")
    path = f"monitors/{client.make_monitor()['id']}/check?test_run=true"
    traced = client.send("POST", path, headers=evil)
    assert traced.headers["Location"].startswith("/api/v1/")
    page = client.send("GET", "/login?next=//evil.example", headers=evil)
    for response in (made, traced, page):
        assert response.status_code < 300
        assert "evil.example" not in f"{response.headers}{response.text}"
        assert "127.6.6.6" not in f"{response.headers}{response.text}"


@pytest.mark.abuse(73)
@pytest.mark.parametrize("limit", ["0", "-1", "201", "9" * 30, "1e3", "all"])
def test_a_page_has_one_to_two_hundred_rows(client: ApiClient, limit: str) -> None:
    response = client.get("monitors", limit=limit)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["limit"]


@pytest.mark.abuse(73)
def test_figures_are_of_at_most_four_hundred_days(client: ApiClient) -> None:
    path = f"monitors/{client.make_monitor()['id']}/uptime"
    span = {"from": "2024-01-01T00:00:00Z", "to": "2025-06-01T00:00:00Z"}
    assert client.get(path, **span).status_code == 422


@pytest.mark.abuse(73)
def test_a_pattern_that_never_ends_is_answered_at_once(client: ApiClient) -> None:
    pattern = {"source": "body", "comparison": "matches", "target": "(a+)+$"}
    response = client.post(
        "monitors",
        {"name": "Shop", "url": "https://shop.test/", "settings": {"assertions": [pattern]}},
    )
    assert response.status_code in {201, 422}
