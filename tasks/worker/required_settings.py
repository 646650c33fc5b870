"""The settings that a worker requires, checked before it takes its first message."""

from typing import Any

from celery.signals import celeryd_after_setup

from config.settings import load

# The key signs the links in messages and is the first key of access tokens.
_OF_QUEUE = {"q.notifications": "jwt_private_key", "q.housekeeping": "jwt_private_key"}


@celeryd_after_setup.connect
def _refuse_to_work_without(instance: Any, **_: Any) -> None:
    queues = instance.app.amqp.queues.consume_from
    try:
        load().need("database_url", *{_OF_QUEUE[name] for name in queues if name in _OF_QUEUE})
    except ValueError as error:
        # Celery only logs other exceptions of signal handlers.
        raise SystemExit(str(error)) from error
