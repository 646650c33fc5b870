"""What a worker does for whoever reaches the broker: it answers questions, and nothing more.

Celery's remote control is not signed: whoever can publish to Redis could stop workers, take queues
from them or revoke tasks. Flower and the health checks of containers only ask, so only that is left.
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
"""What Flower asks, by the names of `celery inspect`, and `ping` of the health checks."""


def forget_other_commands(**_: Any) -> None:
    """Unlearn all other commands: who sends one is answered as if it had never been."""
    from celery.worker.control import Panel  # noqa: PLC0415 - only workers need it

    for name in Panel.data.keys() - ASKED:
        del Panel.data[name]
    Panel.data["stats"] = _stats


def _stats(state: Any, **_: Any) -> dict[str, Any]:
    """Answer as Celery does, but for the address of the broker: it holds this worker's password."""
    answer: dict[str, Any] = state.consumer.controller.stats()
    return {**answer, "broker": {"transport": answer["broker"]["transport"]}}
