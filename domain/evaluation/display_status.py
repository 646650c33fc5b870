"""The status of a monitor that people see: its state, or maintenance."""

from enum import StrEnum

from domain.evaluation.state import State


class DisplayStatus(StrEnum):
    """The states of a monitor, and maintenance."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    PAUSED = "paused"


def shown(state: State, *, in_maintenance: bool) -> DisplayStatus:
    """Return maintenance whatever the checks found, except for a paused monitor."""
    if in_maintenance and state is not State.PAUSED:
        return DisplayStatus.MAINTENANCE
    return DisplayStatus(state)
