"""Who may send what agrees with what is sent, and nobody starts without the keys for it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from security.messages.components import COMPONENTS, REPEATABLE
from tests.conftest import ROOT
from tests.servers import forks
from tests.tasks.queue_worker import keys_of

WORKER = ("worker", "-P", "threads", "--without-gossip", "--without-mingle", "-Q")


@pytest.mark.usefixtures("celery")
def test_beat_may_send_just_what_is_in_the_timetable() -> None:
    from celeryconfig import beat_schedule  # noqa: PLC0415 - reads the settings

    assert {entry["task"] for entry in beat_schedule.values()} == COMPONENTS["beat"].sends


def test_every_task_there_is_may_be_sent_by_somebody_and_no_other(celery: Celery) -> None:
    from tasks.app import import_tasks  # noqa: PLC0415 - the settings exist only now

    import_tasks()
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    assert {task for each in COMPONENTS.values() for task in each.sends} == ours
    assert ours >= REPEATABLE


@pytest.mark.usefixtures("celery")
def test_each_queue_is_read_by_one_component() -> None:
    from celeryconfig import QUEUES  # noqa: PLC0415 - reads the settings

    read = [each.queue("default") for each in COMPONENTS.values() if each.reads]
    assert sorted(read) == sorted(QUEUES)


def ended(arguments: Sequence[str], keys: str, log: Path) -> str:
    """Start a process of Celery that is to fail by itself; return what it says."""
    settings = {"DOWNTIME_MESSAGE_KEYS": keys}
    process = forks.celery("-A", "tasks", *arguments, log=log, settings=settings)
    assert process.wait(120) != 0
    return log.read_text()


@pytest.mark.parametrize(
    ("arguments", "holder", "said"),
    [
        ((*WORKER, "q.dispatch"), "", "no message on q.dispatch can be verified"),
        ((*WORKER, "q.notifications"), "checks", "no message on q.notifications can be verified"),
        (("beat",), "dispatch", "no message of dispatch.tick can be signed"),
    ],
)
def test_a_process_without_its_keys_does_not_start_and_says_why(
    celery: Celery, redis: Redis, arguments: Sequence[str], holder: str, said: str, tmp_path: Path
) -> None:
    del celery, redis
    assert said in ended(arguments, keys_of(holder) if holder else "", tmp_path / "log")


def test_the_api_does_not_start_without_its_keys(celery: Celery, redis: Redis) -> None:
    del celery, redis
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env=os.environ | {"DOWNTIME_MESSAGE_KEYS": keys_of("beat")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "no message of checks.test_run can be signed" in done.stderr


def test_a_ring_that_is_not_right_is_not_shown(
    celery: Celery, redis: Redis, tmp_path: Path
) -> None:
    del celery, redis
    said = ended((*WORKER, "q.dispatch"), "m1:secretsecret", tmp_path / "log")
    assert "DOWNTIME_MESSAGE_KEYS must look like" in said
    assert "secretsecret" not in said
