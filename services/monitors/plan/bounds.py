"""The limits of a plan on each single monitor: its kind, its interval and its regions."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from domain.evaluation import heartbeat
from services import quotas
from services.monitors.values import MonitorValues


def refuse_each(session: Session, organization_id: int, wanted: Iterable[MonitorValues]) -> None:
    """Raise `LimitReached` for the first new monitor that the plan does not allow."""
    for values in wanted:
        refuse(session, organization_id, values)


def refuse(
    session: Session,
    organization_id: int,
    after: MonitorValues,
    before: MonitorValues | None = None,
) -> None:
    """Raise `LimitReached` for values that the plan does not allow.

    What a monitor already has it may keep, also above a limit that was lowered.
    """
    if before is None or after.kind != before.kind:
        quotas.refuse_unless_included(session, organization_id, f"kind_{after.kind}")
    if after.kind == heartbeat.KIND:
        return
    interval, regions = after.interval_seconds or 0, len(after.regions or ())
    if before is None or interval < (before.interval_seconds or 0):
        quotas.refuse_outside(session, organization_id, "shortest_interval_seconds", interval)
    if before is None or regions > len(before.regions or ()):
        quotas.refuse_outside(session, organization_id, "regions", regions)
