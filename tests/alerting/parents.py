"""Monitors that depend on others: what was told of each, and who is to be looked at."""

from sqlalchemy import select

from models import Monitor, Recheck
from tests.alerting.world import World


def notified(world: World) -> list[tuple[int, str, str]]:
    """Return of each message its minute, its monitor and its event, whoever it went to."""
    return [
        (minute, alert.monitor_name, event)
        for (minute, _, event), alert in zip(world.sent, world.alerts, strict=True)
    ]


def told_of(world: World, monitor: Monitor) -> list[tuple[int, str]]:
    return [(minute, event) for minute, name, event in notified(world) if name == monitor.name]


def rechecks(world: World, monitor: Monitor) -> int:
    rows = world.session.scalars(select(Recheck).where(Recheck.monitor_id == monitor.id))
    return len(rows.all())
