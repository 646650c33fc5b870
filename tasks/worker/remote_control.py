"""Restricts Celery's remote control to queries.

Remote control is not signed: anyone who can publish to Redis could stop workers, cancel their
queues or revoke tasks. Flower and the health checks of containers only send queries.
"""

from typing import Any

ASKED = frozenset(
    {
        "active",
        "active_queues",
        "conf",
        "ping",
        "registered",
        "reserved",
        "revoked",
        "scheduled",
        "stats",
    }
)
"""The queries of Flower, by the names of `celery inspect`, and `ping` of the health checks."""


def forget_other_commands(**_: Any) -> None:
    """Remove all other commands: a worker treats them as unknown."""
    from celery.worker.control import Panel  # noqa: PLC0415 - only workers need it

    for name in Panel.data.keys() - ASKED:
        del Panel.data[name]
    Panel.data["stats"] = _stats


def _stats(state: Any, **_: Any) -> dict[str, Any]:
    """Answer as Celery does, without the broker's address, which holds this worker's password."""
    answer: dict[str, Any] = state.consumer.controller.stats()
    return {**answer, "broker": {"transport": answer["broker"]["transport"]}}
