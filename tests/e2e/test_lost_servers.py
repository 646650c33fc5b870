"""Redis or Postgres gone for a while: the system says so, blames no site, and goes on by itself."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from devstack.stack import Stack
from tests.e2e.client import Client, register
from tests.e2e.patience import eventually
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.stack

_GONE_SECONDS = 12
_PATIENCE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Watch:
    client: Client
    monitor: str

    @property
    def checks(self) -> int:
        return len(self.client.all_of(f"/monitors/{self.monitor}/checks"))


@pytest.fixture(scope="module")
def watch(stack: Stack) -> Iterator[Watch]:
    """Watch a site that is always up."""
    with ScriptedSite() as site:
        client = register(stack.address("api"), "Patient")
        values = {"name": "Always up", "url": site.url, "interval_seconds": 5, "confirmations": 1}
        watch = Watch(client, client.post("/monitors", values)["id"])
        _wait(lambda: watch.checks > 0, "a first check")
        yield watch


def test_redis_gone_is_said_and_blamed_on_no_site(stack: Stack, watch: Watch) -> None:
    assert stack.redis is not None
    stack.redis.kill()
    try:
        _wait(lambda: "redis" in _unready(watch.client), "/readyz to name redis")
        time.sleep(_GONE_SECONDS)
    finally:
        stack.redis.start()
    _goes_on(watch)


def test_postgres_gone_is_said_and_blamed_on_no_site(stack: Stack, watch: Watch) -> None:
    assert stack.postgres is not None
    stack.postgres.stop("immediate")
    try:
        _wait(lambda: "database" in _unready(watch.client), "/readyz to name the database")
        assert watch.client.ask("GET", "/healthz").status == 200
        assert watch.client.ask("GET", "/api/v1/monitors").status == 503
        time.sleep(_GONE_SECONDS)
    finally:
        stack.postgres.start()
    _goes_on(watch)


def _unready(client: Client) -> str:
    """Return what /readyz says in the way of being ready."""
    answer = client.ask("GET", "/readyz")
    return str(answer.body).lower() if answer.status == 503 else ""


def _goes_on(watch: Watch) -> None:
    _wait(lambda: watch.client.ask("GET", "/readyz").status == 200, "/readyz to be ready again")
    before = watch.checks
    _wait(lambda: watch.checks >= before + 2, "two more checks")
    outcomes = {
        check["outcome"] for check in watch.client.all_of(f"/monitors/{watch.monitor}/checks")
    }
    assert "up" in outcomes
    assert "down" not in outcomes
    assert watch.client.all_of(f"/monitors/{watch.monitor}/incidents") == []


def _wait(look: Callable[[], bool], what: str) -> None:
    eventually(look, seconds=_PATIENCE_SECONDS, what=what)
