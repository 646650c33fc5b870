"""The consequences of changes of a monitor, as a table of fields and actions.

A new field gets a line here if more than its column depends on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.heartbeats import heartbeats
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors.values import PROBED, MonitorValues
from services.monitors.views import MonitorView
from services.schedules import schedules
from services.warnings import expiries


@dataclass(frozen=True, slots=True)
class Consequence:
    """`follow` is called if any of the fields differs, in the order of the table."""

    fields: tuple[str, ...]
    follow: Callable[[Session, MonitorView, datetime], None]

    def is_due(self, before: MonitorValues, after: MonitorValues) -> bool:
        return any(getattr(before, name) != getattr(after, name) for name in self.fields)


def follow(
    session: Session,
    view: MonitorView,
    before: MonitorValues,
    after: MonitorValues,
    *,
    now: datetime,
) -> None:
    """Carry out the consequences of changed values. The columns already have the new values."""
    for consequence in CONSEQUENCES:
        if consequence.is_due(before, after):
            consequence.follow(session, view, now)


def _reschedule(session: Session, view: MonitorView, now: datetime) -> None:
    if not view.monitor.paused:
        schedules.end(session, view.monitor, now=now)
        schedules.resume(session, view.monitor, now=now)


def _reschedule_expiries(session: Session, view: MonitorView, now: datetime) -> None:
    expiries.reschedule(session, view.monitor, now=now)


def _restart(session: Session, view: MonitorView, now: datetime) -> None:
    """Discard the results of the old target, which are not valid for the new one."""
    view.monitor.version += 1
    expiries.forget(session, view.monitor)
    monitor_lifecycle.restart(session, view, now=now)
    if not view.monitor.paused:
        heartbeats.restart_expectation(session, view.monitor, now=now)


CONSEQUENCES = (
    Consequence(("interval_seconds", "regions"), _reschedule),
    Consequence(("expiry_days",), _reschedule_expiries),
    Consequence(PROBED, _restart),
)
