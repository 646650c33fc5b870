"""Redis or Postgres gone for a while: the system says so, blames no site, and goes on by itself."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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


class Logs:
    """What the processes of a stack have written since this was made."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._pids = self._running()
        self._read = {path: path.stat().st_size for path in self._files()}

    def events(self, event: str) -> Counter[str]:
        """Count an event by process."""
        return Counter({name: count for name, text in self.new() if (count := text.count(event))})

    def new(self) -> Iterator[tuple[str, str]]:
        for path in self._files():
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                yield path.stem, file.read().decode(errors="replace")

    def ended(self) -> set[str]:
        """Return the processes that others had to be started in the place of."""
        before, now = self._pids.items(), self._running().items()
        return {name for name, _ in before - now} - {"redis", "postgres"}

    def _files(self) -> Iterator[Path]:
        return (self._stack.directory / "log").glob("*.log")

    def _running(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._stack.processes.items()}


def test_redis_gone_is_said_and_blamed_on_no_site(stack: Stack, watch: Watch) -> None:
    assert stack.redis is not None
    logs = Logs(stack)
    stack.redis.kill()
    try:
        _wait(lambda: "redis" in _unready(watch.client), "/readyz to name redis")
        time.sleep(_GONE_SECONDS)
    finally:
        stack.redis.start()
    _goes_on(watch)
    _is_told_once(logs, {"beat.1"})


def test_redis_stopped_ends_no_process(stack: Stack, watch: Watch) -> None:
    assert stack.redis is not None
    logs = Logs(stack)
    os.kill(stack.redis.pid, signal.SIGSTOP)
    try:
        _wait(lambda: "redis" in _unready(watch.client), "/readyz to name redis")
        time.sleep(_GONE_SECONDS)
    finally:
        os.kill(stack.redis.pid, signal.SIGCONT)
    _goes_on(watch)
    assert logs.ended() == set()
    assert logs.events("Traceback") == {}


def test_postgres_gone_is_said_and_blamed_on_no_site(stack: Stack, watch: Watch) -> None:
    assert stack.postgres is not None
    logs = Logs(stack)
    stack.postgres.stop("immediate")
    try:
        _wait(lambda: "database" in _unready(watch.client), "/readyz to name the database")
        assert watch.client.ask("GET", "/healthz").status == 200
        assert watch.client.ask("GET", "/api/v1/monitors").status == 503
        time.sleep(_GONE_SECONDS)
    finally:
        stack.postgres.start()
    _goes_on(watch)
    _is_told_once(logs, {"worker-dispatch.1", "worker-notifications.1"})


def _is_told_once(logs: Logs, processes: set[str]) -> None:
    """Each process writes when a server ceased to answer and when it answered, and no more."""
    _wait(lambda: processes <= set(logs.events("server_answers")), "the end of the stall")
    for event in ("server_stalled", "server_answers"):
        assert {logs.events(event)[name] for name in processes} == {1}
    assert logs.events("Traceback") == {}
    assert logs.ended() == set()


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
