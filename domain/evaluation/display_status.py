"""What people are shown of a monitor: its state, unless work on it is planned for now."""

from enum import StrEnum

from domain.evaluation.state import State


class DisplayStatus(StrEnum):
    """The states of a monitor, and that it is in maintenance."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    PAUSED = "paused"


def shown(state: State, *, in_maintenance: bool) -> DisplayStatus:
    """Show maintenance whatever the checks say, except that a paused monitor is not even checked."""
    if in_maintenance and state is not State.PAUSED:
        return DisplayStatus.MAINTENANCE
    return DisplayStatus(state)
