"""The message keys of this process: loaded once, and required at the start."""

from functools import cache
from typing import Any

from celery.signals import beat_init, celeryd_after_setup

from config.settings import load
from security.messages.keys import MessageKeys
from security.messages.messages import Messages


@cache
def messages() -> Messages:
    """Return the signer and verifier of this process's messages."""
    return Messages(_keys())


@celeryd_after_setup.connect
def _refuse_to_read_without_key(instance: Any, **_: Any) -> None:
    for queue in instance.app.amqp.queues.consume_from:
        if not _keys().reads(queue):
            raise _without_key(f"no message on {queue} can be verified")


@beat_init.connect
def _refuse_to_tick_without_key(**_: Any) -> None:
    require_key_for("dispatch.tick")


def require_key_for(task: str) -> None:
    """End this process if it cannot send messages of a task."""
    if _keys().sender(task) is None:
        raise _without_key(f"no message of {task} can be signed")


def _without_key(consequence: str) -> SystemExit:
    # Celery only logs other exceptions of signal handlers.
    return SystemExit(
        f"DOWNTIME_MESSAGE_KEYS lacks a key: {consequence}. See docs/operations/queue.md."
    )


def _keys() -> MessageKeys:
    try:
        return MessageKeys.from_settings(load())
    except ValueError as error:
        raise SystemExit(str(error)) from error
