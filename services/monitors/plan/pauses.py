"""Monitors beyond the plan: told of, paused after 30 days, and resumed when there is room again.

Those of a suspended organization are all paused at once, and resumed when the suspension ends.
Nothing is deleted or changed, and a monitor with an open incident is paused only after its end. If
the process is killed, the next sweep finds the same monitors.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation import heartbeat
from domain.plans.excess import Counted, beyond
from domain.plans.standing import Standing
from models import Heartbeat, Monitor, MonitorState, Organization
from services import quotas
from services.errors import LimitReached
from services.monitors import lifecycle
from services.monitors.views import MonitorView
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.plans import terms
from services.usage import archive_days
from services.usage.limits import NOTICE

_AT_ONCE = 100


def sweep(session: Session, *, now: datetime, after: int = 0) -> int | None:
    """Adjust some organizations with ids beyond `after`; return the last one, or None at the end.

    The archive is told of their limit of days, too.
    """
    ids = session.scalars(
        select(Organization.id)
        .where(Organization.id > after, Organization.closed_at.is_(None))
        .order_by(Organization.id)
        .limit(_AT_ONCE)
    ).all()
    terms.read(session, ids)
    archive_days.adjust(session, ids, now=now)
    for organization_id in _candidates(session, ids):
        adjust(session, organization_id, now=now)
    return ids[-1] if len(ids) == _AT_ONCE else None


def adjust(session: Session, organization_id: int, *, now: datetime) -> None:
    """Give notice to an organization beyond its plan, pause the newest monitors, or resume them."""
    quotas.lock(session, organization_id, quotas.CHECKS)
    quotas.lock(session, organization_id, "monitors")
    organization = session.get_one(Organization, organization_id, populate_existing=True)
    rows = _live(session, organization_id)
    if organization.standing is Standing.SUSPENDED:
        _pause_all(session, rows, now=now)
        return
    excess = _beyond(session, organization_id, rows)
    since = organization.over_limit_since
    if not excess:
        organization.over_limit_since = None
    elif since is None:
        organization.over_limit_since = since = now
        _notify(session, organization_id, len(excess), since, now)
    is_over = since is not None and now >= since + NOTICE
    for monitor in rows:
        # Those of a former suspension resume also while a notice runs.
        if monitor.paused_by_plan and not (monitor.id in excess and is_over):
            _resume(session, monitor, now=now)
        elif monitor.id in excess and is_over and not monitor.paused:
            _pause(session, monitor, now=now)
    session.flush()


def refuse_beyond(session: Session, view: MonitorView) -> None:
    """Raise `LimitReached` for a monitor that the plan pauses, as long as there is no room."""
    monitor = view.monitor
    if not monitor.paused_by_plan:
        return
    owner = monitor.organization_id
    rows = _live(session, owner)
    if monitor.id in _beyond(session, owner, rows):
        raise LimitReached(
            "The plan allows fewer monitors, so it pauses the newest ones (limit `monitors`)."
            " Delete another monitor, or choose a larger plan.",
            limit="monitors",
            allowed=quotas.limit(session, owner, "monitors"),
            used=len(rows),
            plan=terms.of(session, owner).plan_id,
        )


def _candidates(session: Session, ids: Sequence[int]) -> Sequence[int]:
    """Return the organizations with anything to adjust, without a lock and in few queries."""
    has_paused = exists().where(
        Monitor.organization_id == Organization.id,
        Monitor.deleted_at.is_(None),
        Monitor.paused_by_plan,
    )
    known = set(
        session.scalars(
            select(Organization.id).where(
                Organization.id.in_(ids),
                or_(
                    Organization.over_limit_since.is_not(None),
                    Organization.standing == Standing.SUSPENDED,
                    has_paused,
                ),
            )
        )
    )
    used = quotas.monitors_used(session, ids)
    return [
        each
        for each in ids
        if each in known
        or used.get(each, (0, 0.0))[0] > quotas.limit(session, each, "monitors")
        or used.get(each, (0, 0.0))[1] > quotas.limit(session, each, quotas.CHECKS)
    ]


def _live(session: Session, organization_id: int) -> Sequence[Monitor]:
    return session.scalars(
        select(Monitor)
        .where(Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
        .order_by(Monitor.id)
        .execution_options(populate_existing=True)
    ).all()


def _beyond(session: Session, organization_id: int, rows: Sequence[Monitor]) -> frozenset[int]:
    counted = [
        Counted(
            each.id,
            0.0 if each.paused and not each.paused_by_plan else quotas.checks_per_day(each),
        )
        for each in rows
    ]
    return beyond(
        counted,
        most=quotas.limit(session, organization_id, "monitors"),
        most_checks=quotas.limit(session, organization_id, quotas.CHECKS),
    )


def _locked(session: Session, monitor: Monitor) -> MonitorView:
    """Return what a pause needs to know of a monitor, locked against results and edits."""
    state = session.scalars(
        select(MonitorState)
        .where(MonitorState.monitor_id == monitor.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    fresh = session.get_one(Monitor, monitor.id, populate_existing=True)
    # Only whether there is one matters here, and its sealed URL is not for housekeeping.
    beat = Heartbeat(monitor_id=fresh.id) if fresh.kind == heartbeat.KIND else None
    return MonitorView(fresh, state, (), (), beat, ())


def _pause_all(session: Session, rows: Sequence[Monitor], *, now: datetime) -> None:
    for monitor in rows:
        if not monitor.paused:
            _pause(session, monitor, now=now)
    session.flush()


def _pause(session: Session, monitor: Monitor, *, now: datetime) -> None:
    view = _locked(session, monitor)
    # Whoever was told of an outage is told of its end, too.
    if view.monitor.paused or view.monitor.deleted_at or view.state.incident_open:
        return
    edited_at = view.monitor.updated_at
    lifecycle.pause(session, view, now=now)
    view.monitor.paused_by_plan = True
    # What users set stays as it was, to the byte.
    view.monitor.updated_at = edited_at


def _resume(session: Session, monitor: Monitor, *, now: datetime) -> None:
    view = _locked(session, monitor)
    if view.monitor.paused_by_plan and view.monitor.deleted_at is None:
        edited_at = view.monitor.updated_at
        lifecycle.resume(session, view, now=now)
        view.monitor.updated_at = edited_at


def _notify(
    session: Session, organization_id: int, number: int, since: datetime, now: datetime
) -> None:
    until = since + NOTICE
    deliveries.record(
        session,
        organization_id=organization_id,
        dedup_key=f"plan/{since:%Y-%m-%dT%H:%M}",
        event=AlertEvent.QUOTA,
        channels=outbox_recipients.owners(session, organization_id),
        facts={
            "headline": "More monitors than the plan allows",
            "cause": (
                f"The plan allows {number} monitors fewer. The newest ones are paused on"
                f" {until:%Y-%m-%d}, unless you delete some or choose a larger plan. Nothing is"
                " deleted, and open incidents are still notified of."
            ),
        },
        now=now,
    )
