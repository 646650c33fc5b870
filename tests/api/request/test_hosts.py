"""Requests name us: a name of somebody else that leads here opens nothing."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from config.settings import Settings
from server.resources import Transactions
from tests.api.accounts.test_authentication import path_of, routes
from tests.api.applications import Serve
from tests.api.client import ApiClient, body_of

Make = Callable[..., ApiClient]


@pytest.fixture
def make(serve: Serve, settings: Settings, transaction: Transactions) -> Make:
    """Make clients of an application with other settings."""
    return lambda **values: ApiClient(serve(settings.model_copy(update=values), transaction))


def status(client: ApiClient, host: str | None, path: str = "/login") -> int:
    # Without one as HTTP/1.0 does; the client of the tests names one unless it is told otherwise.
    return client.send("GET", path, environ_overrides={"HTTP_HOST": host}).status_code


@pytest.mark.abuse(87)
@pytest.mark.parametrize("where", ["production", "development"])
def test_no_route_answers_to_a_name_that_is_not_ours(make: Make, where: str) -> None:
    client = make(environment=where)
    answered = {
        (method, rule.rule)
        for method, rule in routes(client._app)
        if client.send(method, path_of(rule), headers={"Host": "evil.example"}).status_code != 400
    }
    # In whose answers there is nothing to be read.
    expected = {"/healthz", "/ping/<token>", "/ping/<token>/<signal>"}
    assert {rule for _, rule in answered} == expected
    refused = client.send("GET", "/dev/inbox", headers={"Host": "evil.example:8000"})
    assert refused.mimetype == "application/problem+json"
    assert "DOWNTIME_TRUSTED_HOSTS" in body_of(refused)["detail"]
    assert refused.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    [
        None,
        "localhost",
        "LOCALHOST:8000",
        "localhost.",
        "127.0.0.1:8000",
        "127.9.9.9",
        "[::1]:8000",
        "status.example.com",
        "Status.Example.Com:443",
        "status.example.com.:443",
        "other.example.com",
        "192.0.2.7:8000",
        "[2001:db8::7]",
    ],
)
def test_what_the_operator_calls_us_and_this_machine_does_is_answered(
    make: Make, host: str | None
) -> None:
    trusted = ("Other.example.com", "192.0.2.7", "2001:db8::7")
    client = make(public_url="https://status.example.com", trusted_hosts=trusted)
    assert status(client, host) == 200


@pytest.mark.abuse(87)
@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "evil.example",
        "localhost.evil.example",
        "evil.localhost",
        "evil.example#localhost",
        "evil.example, localhost",
        "localhost, evil.example",
        "localhost:",
        "localhost:x",
        "localhost:8000:8000",
        "evil@localhost",
        "localhost/",
        "localhost..",
        ".localhost",
        "status.example.com.evil.example",
        "xstatus.example.com",
        "192.0.2.7",
        "0.0.0.0:8000",
        "[::]",
        "::1",
        "[localhost]",
        "2130706433",
        "127.1",
        "0x7f000001",
        "169.254.169.254",
        "loc\u0430lhost",
    ],
)
def test_what_only_looks_like_us_is_not(make: Make, host: str) -> None:
    client = make(public_url="https://status.example.com")
    assert status(client, host.encode().decode("latin-1")) == 400


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "[fd00::3]:8000"])
def test_machines_of_the_operator_may_know_us_by_an_address_alone(
    anybody: ApiClient, host: str
) -> None:
    for path in ("/readyz", "/metrics"):
        assert status(anybody, host, path) in {200, 503}
    for path in ("/", "/dev/inbox", "/api/v1/me", "/incidents", "/nothing"):
        assert status(anybody, host, path) == 400


def test_a_job_goes_on_by_a_name_that_we_had_once(client: ApiClient, anybody: ApiClient) -> None:
    settings = {"period_seconds": 3600}
    job = client.make("monitors", name="Backup", kind="heartbeat", settings=settings)
    path = job["heartbeat"]["ping_url"].removeprefix("http://127.0.0.1:8000")
    assert status(anybody, "former.example.com", path) == 200


def test_hosts_are_names_without_ports_or_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNTIME_TRUSTED_HOSTS", "a.example.com, 192.0.2.7")
    assert Settings().trusted_hosts == ("a.example.com", "192.0.2.7")
    monkeypatch.setenv("DOWNTIME_TRUSTED_HOSTS", "https://a.example.com/")
    with pytest.raises(ValidationError, match=r"trusted_hosts|TRUSTED_HOSTS"):
        Settings()
