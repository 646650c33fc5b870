"""A worker imports the tasks of its queues: all of them, and nothing that only others need."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from celery import Celery

_PROGRAM = """
import json, os, sys
from tasks.app import app, import_tasks
for queue in sys.argv[1:]:
    # Each worker knows what all of them share, and then imports its own.
    if not (worker := os.fork()):
        import_tasks(options={"queues": [queue]})
        ours = [name for name in app.tasks if not name.startswith("celery.")]
        routed = {name: app.amqp.router.route({}, name)["queue"].name for name in ours}
        print(json.dumps({"queue": queue, "routed": routed, "modules": [*sys.modules]}), flush=True)
        os._exit(0)
    assert os.waitpid(worker, 0)[1] == 0
"""
_ENGINE, _FILES = "probes.engine.engine", "pyarrow"
QUEUES = ("q.checks.default", "q.dispatch", "q.exports", "q.housekeeping", "q.notifications")


@pytest.fixture(scope="module")
def started(application: Celery) -> Mapping[str, dict[str, list[str]]]:
    """Return, by queue, the tasks that its worker knows, and the modules that it has loaded."""
    del application  # Its settings are those of the workers.
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *QUEUES],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {
        each["queue"]: {
            "tasks": [name for name, to in each["routed"].items() if to == each["queue"]],
            "modules": each["modules"],
        }
        for each in said
    }


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_knows_every_task_of_its_queue(
    celery: Celery, started: Mapping[str, dict[str, list[str]]], queue: str
) -> None:
    from tasks.app import import_tasks  # noqa: PLC0415 - the settings exist only now

    import_tasks()
    ours = [name for name in celery.tasks if not name.startswith("celery.")]
    wanted = {name for name in ours if celery.amqp.router.route({}, name)["queue"].name == queue}
    worker = started[queue]
    assert wanted
    assert set(worker["tasks"]) == wanted
    # What is large is loaded by the first message that needs it.
    assert {_ENGINE, _FILES}.isdisjoint(worker["modules"])
