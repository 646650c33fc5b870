"""Over the broker a worker is asked, and not told."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from celery import Celery

from tasks.worker.remote_control import ASKED
from tests.devstack.eventually import eventually
from tests.tasks.queue_worker import QUEUES, Worker, worker

NOTIFIED: list[tuple[str, Mapping[str, Any]]] = [
    ("shutdown", {}),
    ("pool_restart", {}),
    ("pool_grow", {"n": 50}),
    ("pool_shrink", {"n": 1}),
    ("autoscale", {"max": 50, "min": 1}),
    ("add_consumer", {"queue": "q.dispatch"}),
    ("cancel_consumer", {"queue": "q.housekeeping"}),
    ("rate_limit", {"task_name": "housekeeping.tokens", "rate_limit": "1/h"}),
    ("time_limit", {"task_name": "housekeeping.tokens", "hard": 0.001}),
    ("revoke", {"task_id": "an-id"}),
    ("terminate", {"task_id": "an-id", "signal": "KILL"}),
    ("disable_events", {}),
    ("enable_events", {}),
    ("election", {"id": "x", "topic": "task", "action": None}),
    ("memdump", {}),
    ("report", {}),
]


@pytest.fixture(scope="module")
def running(application: Celery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    del application
    log = tmp_path_factory.mktemp("control") / "worker.log"
    with worker(log, "control", os.environ["DOWNTIME_MESSAGE_KEYS"]) as started:
        yield started


def answer(celery: Celery, question: str) -> Any:  # noqa: ANN401 - of many kinds
    """Ask until the worker answers: it may be slow, and a question to nobody is lost."""
    answers: list[Any] = []

    def asked() -> bool:
        answers[:] = celery.control.broadcast(question, reply=True, timeout=2, limit=1) or []
        return bool(answers)

    eventually(asked, seconds=60)
    (said,) = answers[0].values()
    return said


@pytest.mark.parametrize("command", NOTIFIED, ids=[name for name, _ in NOTIFIED])
def test_a_command_is_as_if_it_had_never_been(
    running: Worker, celery: Celery, command: tuple[str, Mapping[str, Any]]
) -> None:
    name, arguments = command
    celery.control.broadcast(name, arguments=dict(arguments))
    assert answer(celery, "ping") == {"ok": "pong"}
    eventually(lambda: f"command error: KeyError('{name}')" in running.said(), seconds=60)
    assert {each["name"] for each in answer(celery, "active_queues")} == set(QUEUES)
    assert answer(celery, "stats")["pool"]["max-concurrency"] == 2
    assert answer(celery, "revoked") == []
    assert running.running


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("question", sorted(ASKED))
def test_what_flower_asks_is_answered(celery: Celery, question: str) -> None:
    assert answer(celery, question) is not None


@pytest.mark.abuse(43)
@pytest.mark.usefixtures("running")
def test_no_answer_holds_a_key_or_a_password(celery: Celery) -> None:
    secrets = [os.environ[name] for name in ("DOWNTIME_MESSAGE_KEYS", "DOWNTIME_KEYS")]
    said = "".join(repr(answer(celery, question)) for question in sorted(ASKED))
    # Its address holds the password of the worker.
    assert answer(celery, "stats")["broker"] == {"transport": "redis"}
    assert not any(secret.partition(":")[2] in said for secret in secrets)
    assert os.environ["DOWNTIME_JWT_PRIVATE_KEY"].splitlines()[1] not in said
