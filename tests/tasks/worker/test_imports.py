"""A worker imports the tasks of its queues: all of them, and nothing that only others need."""

import json
import os
import subprocess
import sys

import pytest
from celery import Celery

_PROGRAM = """
import json, sys
from tasks.app import app, import_tasks
import_tasks(options={"queues": [sys.argv[1]]})
ours = [name for name in app.tasks if not name.startswith("celery.")]
routed = {name: app.amqp.router.route({}, name)["queue"].name for name in ours}
print(json.dumps({"routed": routed, "modules": [*sys.modules]}))
"""
_ENGINE, _FILES = "probes.engine.engine", "pyarrow"
QUEUES = ("q.checks.default", "q.dispatch", "q.exports", "q.housekeeping", "q.notifications")


def started(queue: str) -> dict[str, list[str]]:
    """Return the tasks that a worker of this queue knows, and the modules that it has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, queue],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    said = json.loads(done.stdout.splitlines()[-1])
    return {"tasks": [name for name, to in said["routed"].items() if to == queue], **said}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_knows_every_task_of_its_queue(celery: Celery, queue: str) -> None:
    from tasks.app import import_tasks  # noqa: PLC0415 - the settings exist only now

    import_tasks()
    ours = [name for name in celery.tasks if not name.startswith("celery.")]
    wanted = {name for name in ours if celery.amqp.router.route({}, name)["queue"].name == queue}
    worker = started(queue)
    assert wanted
    assert set(worker["tasks"]) == wanted
    # What is large is loaded by the first message that needs it.
    assert {_ENGINE, _FILES}.isdisjoint(worker["modules"])
