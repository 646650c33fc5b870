"""The Celery application of beats, of workers of every role, and of Flower."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import structlog
from celery import Celery
from celery.signals import (
    celeryd_after_setup,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
)

from config import logging as logs
from config.settings import load
from tasks import process_reports as _reports  # noqa: F401 - connects its signal handlers
from tasks.worker import remote_control, transport
from tasks.worker import required_settings as _needs  # noqa: F401 - connects its signal handlers

transport.register()

log = structlog.get_logger(__name__)

app = Celery("downtime")
app.config_from_object("celeryconfig")


_OF_EVERY_WORKER = ("tasks.worker.failures", "tasks.self_monitor")
_OF_QUEUE = {
    "q.checks.": ("tasks.checks.check", "tasks.test_runs"),
    "q.dispatch": ("tasks.dispatch", "tasks.sweeps"),
    "q.exports": ("tasks.exports",),
    "q.housekeeping": (
        "tasks.archive",
        "tasks.billing",
        "tasks.domains",
        "tasks.housekeeping",
        "tasks.sweeps",
        "tasks.test_runs",
    ),
    "q.notifications": ("tasks.accounts", "tasks.deliveries"),
}
"""The modules with the tasks of a queue, by the beginning of its name.

A worker imports those of its queues, which saves 30 MB. Beat and Flower use only the names of tasks.
"""


def import_tasks(options: Mapping[str, Any] | None = None, **_: Any) -> None:
    """Import the tasks of the queues of a worker, or of all queues if it names none."""
    queues = (options or {}).get("queues") or ()
    named = queues.split(",") if isinstance(queues, str) else list(queues)
    for beginning, modules in _OF_QUEUE.items():
        if not named or any(queue.startswith(beginning) for queue in named):
            for module in modules:
                import_module(module)
    for module in _OF_EVERY_WORKER:
        import_module(module)


celeryd_init.connect(import_tasks)
celeryd_init.connect(remote_control.forget_other_commands)


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    logs.configure(load())


@celeryd_after_setup.connect
def announce_egress(**_: Any) -> None:
    """Log where this worker may connect to, so that a wrong setting is seen before it is used."""
    settings = load()
    say = log.warning if settings.egress_policy == "any" else log.info
    say(
        "egress_policy",
        policy=settings.egress_policy,
        allowed_networks=len(settings.egress_allow),
        region=settings.region,
    )


@task_prerun.connect
def _bind_task(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@task_postrun.connect
def _forget_task(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()
