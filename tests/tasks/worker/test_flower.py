"""Flower as it is deployed: a password on every path of it, and nothing that anybody could change."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from flower.urls import handlers
from redis import Redis

from tasks.worker.flower_gate import without_arguments
from tests.canary.marks import Marks
from tests.devstack.eventually import eventually
from tests.servers import forks
from tests.servers.daemon import free_port
from tests.servers.flower import ASK, ASKED, FlowerClient, basic, paths
from tests.tasks.queue_worker import Outbox, put, worker

USER, PASSWORD = "operator", "a-password-of-flower"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def nobody(application: Celery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlowerClient]:
    """Start Flower as the table of processes has it."""
    del application
    port = free_port()
    own = {
        "FLOWER_PORT": str(port),
        "FLOWER_ADDRESS": "127.0.0.1",
        "FLOWER_BASIC_AUTH": f"{USER}:{PASSWORD}",
        # What would open it, or make it talk, if its configuration did not know better.
        "FLOWER_UNAUTHENTICATED_API": "true",
        "FLOWER_DEBUG": "true",
        "FLOWER_READ_ONLY": "false",
    }
    client = FlowerClient(port, {})
    words = ("-A", "tasks", "flower", "--conf=deploy/flowerconfig.py")
    log = tmp_path_factory.mktemp("flower") / "log"
    process = forks.celery(*words, log=log, settings=own)
    try:
        eventually(lambda: answers(client), seconds=120)
        yield client
    finally:
        process.end(60)


def answers(client: FlowerClient) -> bool:
    try:
        return client.ask("GET", "/").status == 401
    except OSError:
        return False


@pytest.fixture(scope="module")
def operator(nobody: FlowerClient) -> FlowerClient:
    return nobody.knowing(f"{USER}:{PASSWORD}")


def test_there_is_a_path_for_every_handler_of_flower() -> None:
    assert len(paths()) == len(handlers) > 30
    assert {"/metrics", "/healthcheck", "/api/workers", "/static/css/flower.css"} < set(paths())


@pytest.mark.abuse(75)
def test_no_path_answers_without_the_password(nobody: FlowerClient) -> None:
    for path in paths():
        for method in METHODS:
            answer = nobody.ask(method, path)
            assert (answer.status, answer.text) == (401, ""), (method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
            assert "Set-Cookie" not in answer.headers


@pytest.mark.abuse(75)
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": basic(f"{USER}:{PASSWORD}x")},
        {"Authorization": basic(f"{USER}:")},
        {"Authorization": basic(PASSWORD)},
        {"Authorization": basic("ü:ü")},
        {"Authorization": "Basic ü"},
        {"Authorization": "Basic"},
        {"Authorization": f"Bearer {PASSWORD}"},
        {"Cookie": "user=ada@example.test; flower=1; oauth_state=1"},
        {"X-Real-Ip": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"},
        {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"},
        {"X-HTTP-Method-Override": "GET"},
    ],
    ids=str,
)
def test_nothing_but_the_password_opens_it(nobody: FlowerClient, headers: dict[str, str]) -> None:
    for path in ("/", "/metrics", "/healthcheck", "/api/workers", ASK):
        assert FlowerClient(nobody.port, headers).ask("GET", path).status == 401


@pytest.mark.abuse(75)
def test_the_operator_reads_and_changes_nothing(operator: FlowerClient) -> None:
    for path in paths():
        for method in set(METHODS) - {"GET", "HEAD"}:
            if (method, path) != ("POST", ASK):
                answer = operator.ask(method, path)
                assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD"), (
                    method,
                    path,
                )
        assert operator.ask("GET", path).status in {200, 400, 404, 405, 503}, path


def test_the_operator_sees_the_pages(operator: FlowerClient) -> None:
    for path in ("/", "/workers", "/tasks", "/broker", "/metrics", "/healthcheck", "/api/workers"):
        assert operator.ask("GET", path).status == 200, path
    assert json.loads(operator.ask("POST", ASK, ASKED).text)["draw"] == 1


@pytest.mark.abuse(75)
def test_pages_of_others_reach_nothing_with_the_operators_password(operator: FlowerClient) -> None:
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}):
        sending = operator.sending(**headers)
        assert sending.ask("POST", ASK, ASKED).status == 403
        assert sending.ask("POST", "/api/task/send-task/housekeeping.tokens", "{}").status == 405
        assert "Access-Control-Allow-Origin" not in sending.ask("GET", "/api/workers").headers


@pytest.mark.abuse(75)
@pytest.mark.parametrize("path", ["/login?next=//evil.example/", "/login/?next=/%5Cevil.example"])
def test_it_redirects_nowhere(operator: FlowerClient, nobody: FlowerClient, path: str) -> None:
    assert nobody.ask("GET", path).status == 401
    answer = operator.ask("GET", path)
    assert (answer.status, answer.headers.get("Location")) == (404, None)


@pytest.mark.abuse(43)
@pytest.mark.abuse(75)
def test_it_shows_which_tasks_there_are_and_not_what_they_are_about(
    operator: FlowerClient, celery: Celery, redis: Redis, tmp_path: Path
) -> None:
    marked = "canary-of-an-argument"
    outbox = Outbox(celery, os.environ["REDIS_URL"])
    with (
        worker(tmp_path / "log", "shown", os.environ["DOWNTIME_MESSAGE_KEYS"]) as started,
        redis.pubsub() as notified,  # type: ignore[no-untyped-call] # redis has no type for it
    ):
        notified.psubscribe("*")
        # It fails in the worker, since it takes no such argument.
        put(redis, outbox.message("housekeeping.tokens", marked))
        eventually(lambda: "TypeError" in started.said(), seconds=60)
        # The worker tells it, so it is there to be shown.
        eventually(lambda: _tells(notified.get_message(timeout=1), marked), seconds=60)
        eventually(lambda: "FAILURE" in operator.ask("GET", "/api/tasks").text, seconds=60)
        seen = operator.everything()
    assert "housekeeping.tokens" in seen
    assert not _tells(seen, marked)
    assert "Traceback" not in seen


def test_of_what_a_worker_has_in_hand_no_arguments_are_kept() -> None:
    task = {"id": "1", "name": "deliveries.send", "args": [7], "kwargs": {"x": 8}, "hostname": "w"}
    notified = [{"eta": "later", "request": task}, task]
    kept = {**task, "args": "", "kwargs": ""}
    assert without_arguments(notified) == [{"eta": "later", "request": kept}, kept]
    assert without_arguments({"total": {"args": 1}}) == {"total": {"args": 1}}


def _tells(what: object, mark: str) -> bool:
    return bool(Marks({"argument": mark}).found_in({"it": repr(what).encode()}))
