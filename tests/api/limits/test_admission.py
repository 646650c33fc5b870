"""Abuse 113 to 115: whoever asks for much at once leaves threads, checks and children for the others."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response, jsonify
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.request.blueprint import Blueprint
from application import create_app
from config.settings import Settings
from domain.permissions import Permission
from models import Delivery, Monitor
from server.counting.shares import Shares
from server.identity.principal import Call
from server.limits import rate_limits
from server.serving.threads import RESERVED, ServingThreads, is_urgent
from services.errors import TooMany
from tests.api.client import ApiClient
from web import static_files

_PATIENCE = 30


@dataclass
class Slow:
    """A route that serves until it is told to end."""

    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    end: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> None:
        self.begun.release()
        assert self.end.wait(_PATIENCE)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def app(settings: Settings, committed: Engine, redis: Redis, slow: Slow) -> Iterator[Flask]:
    """Make an application with limits, and two routes that take as long as the test wants."""
    del committed, redis
    app = create_app(settings.model_copy(update={"rate_limits": True}))
    blueprint = Blueprint("slow", __name__)

    @blueprint.route("/slow", permission=Permission.MONITOR_READ)
    def mine(call: Call) -> object:
        del call
        slow.serve()
        return jsonify()

    def open_to_all() -> Response:
        slow.serve()
        return jsonify()

    app.register_blueprint(blueprint)
    app.add_url_rule("/open", view_func=open_to_all)
    yield app
    app.extensions["downtime"].redis.close()


@contextmanager
def held(slow: Slow, ask: Callable[[int], TestResponse], count: int) -> Iterator[None]:
    """Have so many requests served, all at once, and prove that they end well."""
    with ThreadPoolExecutor(count) as threads:
        answers: list[Future[TestResponse]] = [threads.submit(ask, each) for each in range(count)]
        try:
            for _ in range(count):
                assert slow.begun.acquire(timeout=_PATIENCE)
            yield
        finally:
            slow.end.set()
        assert [each.result().status_code for each in answers] == [200] * count
    slow.end.clear()


def _as(app: Flask, client: ApiClient) -> ApiClient:
    own = ApiClient(app)
    own.token = client.token
    return own


@pytest.mark.abuse(113)
def test_abuse_113_one_organization_holds_some_of_the_threads_and_no_more(
    app: Flask, slow: Slow
) -> None:
    ada, eve = ApiClient(app).register("ada@a.test"), ApiClient(app).register("eve@e.test")
    with held(slow, lambda _: _as(app, eve).get("/slow"), 5):
        for method, path in (("GET", "/slow"), ("GET", "monitors"), ("POST", "monitors")):
            refused = _as(app, eve).send(method, path)
            assert refused.status_code == 429
            assert refused.headers["Retry-After"] == "1"
        assert ada.get("monitors").status_code == 200
    assert eve.get("monitors").status_code == 200


@pytest.mark.abuse(113)
def test_abuse_113_requests_without_a_login_hold_some_of_the_threads_and_no_more(
    app: Flask, slow: Slow
) -> None:
    ada = ApiClient(app).register("ada@a.test")
    peers = ["198.51.100.7"] * 3 + ["203.0.113.9"]

    def ask(peer: str) -> TestResponse:
        return ApiClient(app).send("GET", "/open", environ_overrides={"REMOTE_ADDR": peer})

    with held(slow, lambda number: ask(peers[number]), 3):
        assert ask(peers[0]).status_code == 429
        assert ada.get("monitors").status_code == 200
    with held(slow, lambda number: ask(peers[number]), 4):
        refused = ask("192.0.2.1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert ada.get("monitors").status_code == 200
        for path in ("/healthz", "/readyz", f"/ping/{'a' * 32}"):
            assert ApiClient(app).get(path).status_code != 429
    slow.end.set()
    assert ask(peers[0]).status_code == 200


@pytest.mark.abuse(113)
def test_abuse_113_a_place_is_given_back_whatever_becomes_of_the_request(app: Flask) -> None:
    ada = ApiClient(app).register("ada@a.test")
    for _ in range(7):
        assert ada.get("monitors/nothing").status_code == 404
        assert ada.post("monitors", {"name": 1}).status_code == 422
        assert ada.post("monitors/bulk", "x" * 300_000).status_code in {413, 422}
        assert ApiClient(app).post("auth/refresh", {}).status_code in {401, 422}
        assert ApiClient(app).get("/no/such/page").status_code == 404
    assert ada.get("monitors").status_code == 200


def test_a_full_share_takes_no_place_in_the_others() -> None:
    shares = Shares()
    shares.take([("a", 1), ("b", 2)])
    with pytest.raises(TooMany):
        shares.take([("b", 2), ("a", 1)])
    shares.take([("b", 2)])
    shares.give_back([("a", 1), ("b", 2)])
    shares.take([("a", 1), ("b", 2)])


@pytest.mark.abuse(114)
def test_abuse_114_pings_wait_for_no_other_request() -> None:
    end, threads = threading.Event(), ServingThreads(4)
    try:
        others = [threads.submit(end.wait, _PATIENCE) for _ in range(50)]
        ping = threads.submit_urgent(lambda: threading.current_thread().name)
        assert ping.result(_PATIENCE).startswith("serving-urgent")
        assert not any(each.done() for each in others)
    finally:
        end.set()
        threads.shutdown()
    assert all(each.result() for each in others)


@pytest.mark.abuse(114)
def test_abuse_114_pings_take_no_more_than_the_reserved_threads() -> None:
    end, threads = threading.Event(), ServingThreads(4)
    try:
        pings = [threads.submit_urgent(end.wait, _PATIENCE) for _ in range(50)]
        assert threads.submit(lambda: "served").result(_PATIENCE) == "served"
        assert sum(each.running() for each in pings) <= RESERVED
    finally:
        end.set()
        threads.shutdown()


def test_pings_and_the_question_whether_it_lives_are_urgent() -> None:
    assert is_urgent(f"/ping/{'a' * 32}/start")
    assert is_urgent("/healthz")
    for path in ("/api/v1/monitors", "/", "/pingu", "/api/v1/ping/", "//ping/x", "/readyz"):
        assert not is_urgent(path)


@pytest.mark.abuse(115)
def test_abuse_115_a_monitor_is_checked_by_hand_so_often_and_no_more(
    app: Flask, committed: Engine
) -> None:
    ada = ApiClient(app).register("ada@a.test")
    one, other = ada.make_monitor(), ada.make_monitor()
    statuses = [ada.post(f"monitors/{one['id']}/check").status_code for _ in range(7)]
    assert statuses == [202] * 6 + [429]
    with Session(committed) as session:
        organization_id = session.scalars(select(Monitor.organization_id).limit(1)).one()
    limiter = app.extensions["downtime"].limiter
    # As many as the organization may ask for, less those of this test.
    assert limiter.count(rate_limits.CHECKS, str(organization_id), amount=53).allowed
    statuses = [ada.post(f"monitors/{other['id']}/check").status_code for _ in range(2)]
    assert statuses == [202, 429]
    values = {"name": "Shop", "url": "https://shop.test/"}
    for path, body in (("monitors", values), (f"monitors/{other['id']}", {})):
        assert ada.post(f"{path}/test-runs", body).status_code == 429


@pytest.mark.abuse(115)
def test_abuse_115_each_step_of_a_check_by_hand_counts(app: Flask, committed: Engine) -> None:
    ada = ApiClient(app).register("ada@a.test")
    monitor = ada.make_monitor(kind="multistep", settings={"steps": [{}] * 10})
    with Session(committed) as session:
        organization_id = session.scalars(select(Monitor.organization_id)).one()
    limiter = app.extensions["downtime"].limiter
    assert limiter.count(rate_limits.CHECKS, str(organization_id), amount=45).allowed
    statuses = [ada.post(f"monitors/{monitor['id']}/check").status_code for _ in range(2)]
    assert statuses == [202, 429]
    assert ada.post(f"monitors/{monitor['id']}/test-runs", {}).status_code == 429


@pytest.mark.abuse(112)
def test_abuse_112_the_messages_of_many_requests_are_bounded_together(
    app: Flask, committed: Engine
) -> None:
    ada = ApiClient(app).register("ada@a.test")
    made = ada.make_monitor()
    hook = {"name": "Hook", "url": "https://hook.test/", "events": ["monitor.*"]}
    ada.make("event-subscriptions", **hook)
    with Session(committed) as session:
        organization_id = session.scalars(select(Monitor.organization_id)).one()
    limiter = app.extensions["downtime"].limiter
    assert limiter.count(rate_limits.MESSAGES, str(organization_id), amount=9_999).allowed
    assert ada.post(f"monitors/{made['id']}/pause").status_code == 200
    refused = ada.post(f"monitors/{made['id']}/resume")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    with Session(committed) as session:
        assert session.scalars(select(Monitor.paused)).one()
        assert len(session.scalars(select(Delivery.id)).all()) == 1


def test_all_files_of_a_page_are_answered_at_once(make_app: Callable[..., Flask]) -> None:
    app = make_app(unauthenticated_requests_at_once=1)
    with app.test_request_context():
        style = static_files.url("app.css")
    full = [("unauthenticated", 1)]
    app.extensions["downtime"].shares.take(full)
    assert app.test_client().get(style).status_code == 200
    assert app.test_client().get("/login").status_code == 429
    app.extensions["downtime"].shares.give_back(full)
    assert app.test_client().get("/login").status_code == 200
