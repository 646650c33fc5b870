"""What may be asked without a login costs little, and nobody uses up what others ask for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import pytest
from flask import Flask
from limits import RateLimitItem
from sqlalchemy import event
from sqlalchemy.engine import Connection
from werkzeug.test import TestResponse

from domain.health import Part
from security.login.machine_secrets import new_api_key
from security.ping_tokens import new_ping_token
from server.counting.seen_secrets import Recent
from server.limits import rate_limits
from server.limits.unknown_secrets import UNKNOWN_KEYS, UNKNOWN_LINKS, UNKNOWN_PINGS
from server.readiness import Readiness
from server.resources import provide
from tests.api.client import ApiClient
from tests.api.machines.callers import new_key

Make = Callable[..., Flask]

HERE, ELSEWHERE = "198.51.100.1", "203.0.113.1"
HOURLY = {"period_seconds": 3600}


def use_up(app: Flask, limit: RateLimitItem, peer: str = HERE, *, left: int = 0) -> None:
    """Let as many have failed from a network as may, or some fewer."""
    for _ in range(limit.amount - left):
        app.extensions["downtime"].limiter.count(limit, peer)


def ask(app: Flask, path: str, peer: str = HERE, token: str | None = None) -> TestResponse:
    client = ApiClient(app)
    client.token = token
    return client.send("GET", path, environ_overrides={"REMOTE_ADDR": peer})


def unknown_key() -> str:
    return new_api_key().text


class Queries:
    """Counts what is asked of the database within."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self.count = connection, 0

    def _add(self, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        self.count += 1

    def __enter__(self) -> Self:
        event.listen(self._connection, "before_cursor_execute", self._add)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._connection, "before_cursor_execute", self._add)


@pytest.mark.abuse(89)
def test_a_network_that_asks_for_unknown_keys_costs_the_database_nothing_after_some(
    make_app: Make, connection: Connection
) -> None:
    app = make_app()
    key = new_key(ApiClient(app).register("ada@example.test"))["key"]
    assert ask(app, "monitors", token=key).status_code == 200
    use_up(app, UNKNOWN_KEYS, left=1)
    assert ask(app, "monitors", token=unknown_key()).status_code == 401
    with Queries(connection) as queries:
        refused = ask(app, "monitors", token=unknown_key())
    assert (refused.status_code, queries.count) == (429, 0)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    # Whoever has a key that was good lately goes on, as do all others elsewhere.
    assert ask(app, "monitors", token=key).status_code == 200
    assert ask(app, "monitors", ELSEWHERE, unknown_key()).status_code == 401


@pytest.mark.abuse(89)
def test_a_key_that_was_good_is_no_way_past_the_limit_once_it_is_not(make_app: Make) -> None:
    app = make_app()
    client = ApiClient(app).register("ada@example.test")
    made = new_key(client)
    assert ask(app, "monitors", token=made["key"]).status_code == 200
    client.delete(f"api-keys/{made['id']}")
    use_up(app, UNKNOWN_KEYS, left=1)
    answers = [ask(app, "monitors", token=made["key"]).status_code for _ in range(3)]
    assert answers == [401, 429, 429]


@pytest.mark.abuse(89)
def test_a_network_that_pings_unknown_addresses_costs_the_database_nothing_after_some(
    make_app: Make, connection: Connection
) -> None:
    app = make_app()
    client = ApiClient(app).register("ada@example.test")
    job = client.make("monitors", name="Backup", kind="heartbeat", settings=HOURLY)
    good = job["heartbeat"]["ping_url"].rpartition("8000")[2]
    assert ask(app, good).status_code == 200
    use_up(app, UNKNOWN_PINGS, left=1)
    assert ask(app, f"/ping/{new_ping_token()}").status_code == 404
    with Queries(connection) as queries:
        refused = ask(app, f"/ping/{new_ping_token()}")
    assert (refused.status_code, refused.text, queries.count) == (429, "too many pings", 0)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    # What a job says counts, whatever others behind its address do.
    assert ask(app, good).status_code == 200
    assert ask(app, f"/ping/{new_ping_token()}", ELSEWHERE).status_code == 404


@pytest.mark.abuse(89)
def test_a_network_that_tries_short_links_costs_the_database_nothing_after_some(
    make_app: Make, connection: Connection
) -> None:
    app = make_app()
    use_up(app, UNKNOWN_LINKS, left=1)
    assert ask(app, f"/a/{'7' * 14}").status_code == 404
    with Queries(connection) as queries:
        refused = ask(app, f"/a/{'8' * 14}")
    assert (refused.status_code, queries.count) == (429, 0)
    assert ask(app, f"/a/{'8' * 14}", ELSEWHERE).status_code == 404


@pytest.mark.abuse(89)
def test_jobs_of_a_heartbeat_that_is_gone_use_nothing_up(
    make_app: Make, connection: Connection
) -> None:
    app = make_app()
    gone = f"/ping/{new_ping_token()}"
    use_up(app, UNKNOWN_PINGS, left=2)
    assert ask(app, gone).status_code == 404
    with Queries(connection) as queries:
        assert [ask(app, gone).status_code for _ in range(20)] == [404] * 20
    assert queries.count == 0
    assert ask(app, f"/ping/{new_ping_token()}").status_code == 404


@pytest.mark.abuse(89)
@pytest.mark.parametrize(
    ("path", "limit"),
    [("/api/openapi.json", rate_limits.DOCUMENTS), ("/readyz", rate_limits.READINESS)],
)
def test_what_everybody_may_ask_for_is_limited_by_address(
    make_app: Make, path: str, limit: RateLimitItem
) -> None:
    app = make_app()
    use_up(app, limit, left=1)
    assert ask(app, path).status_code in {200, 503}
    assert ask(app, path).status_code == 429
    assert ask(app, path, ELSEWHERE).status_code in {200, 503}


@pytest.mark.abuse(89)
def test_the_document_is_sent_once_to_who_keeps_it(anybody: ApiClient) -> None:
    first = anybody.get("/api/openapi.json")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    assert anybody.get("/api/openapi.json").headers["ETag"] == tag
    again = anybody.send("GET", "/api/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    other = anybody.send("GET", "/api/openapi.json", headers={"If-None-Match": '"x"'})
    assert (other.status_code, other.data) == (200, first.data)


@pytest.mark.abuse(89)
def test_the_system_is_examined_once_however_many_ask(app: Flask) -> None:
    examined = []

    def examine() -> list[Part]:
        examined.append(1)
        return [Part("database", "It is gone.")]

    still = Readiness(examine, clock=lambda: 0.0)
    provide(app, replace(app.extensions["downtime"], readiness=still))
    assert [ask(app, "/readyz").status_code for _ in range(3)] == [503] * 3
    assert examined == [1]


def test_whoever_asks_while_it_is_examined_is_told_what_was_found_before() -> None:
    found = [[Part("first")], [Part("second")]]
    seen: list[list[str]] = []
    seconds = [0.0]

    def names() -> list[str]:
        return [part.name for part in readiness()]

    def examine() -> list[Part]:
        if len(found) == 1:
            seen.append(names())
        return found.pop(0)

    readiness = Readiness(examine, clock=lambda: seconds[0])
    assert names() == ["first"]
    seconds[0] = 0.9
    assert names() == ["first"]
    seconds[0] = 1.1
    assert names() == ["second"]
    assert seen == [["first"]]


def test_what_was_seen_is_forgotten_after_a_while_and_the_oldest_makes_room() -> None:
    seconds = [0.0]
    recent = Recent(most=2, seconds=10, clock=lambda: seconds[0])
    for name in (b"a", b"b", b"a", b"c"):
        recent.add(name)
    assert [name in recent for name in (b"a", b"b", b"c")] == [True, False, True]
    seconds[0] = 10
    assert b"a" not in recent
    recent.add(b"a")
    recent.discard(b"a")
    recent.discard(b"a")
    assert b"a" not in recent
