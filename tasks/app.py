"""The Celery application of beats, of workers of every role, and of Flower."""

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
from tasks.worker import remote_control, transport
from tasks.worker import required_settings as _needs  # noqa: F401 - connects its signal handlers

transport.register()

log = structlog.get_logger(__name__)

app = Celery("downtime")
app.config_from_object("celeryconfig")


TASK_MODULES = (
    "tasks.accounts",
    "tasks.checks.check",
    "tasks.deliveries",
    "tasks.dispatch",
    "tasks.exports",
    "tasks.worker.failures",
    "tasks.maintenance",
    "tasks.self_monitor",
    "tasks.sweeps",
    "tasks.test_runs",
)
"""The modules with the tasks. Beat and Flower use only their names, which saves 30 MB each."""


def import_tasks(**_: Any) -> None:
    for module in TASK_MODULES:
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
