"""Expiries: recorded when checks see them, and notified by time, whatever checks see later."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, text, true, update
from sqlalchemy.orm import Session

from domain import expiry
from domain.alerting.alert import AlertEvent
from domain.evaluation.state import Severity
from domain.expiry import Subject
from models import Delivery, Expiry, Monitor
from services.alerting import monitor_targets
from services.evaluation.results import Observed
from services.events import emit as emit_event
from services.events import payloads as event_payloads
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.schedules import schedules
from services.warnings import expiry_messages

MOST = 200
"""The most rows of one sweep, so that its transaction stays short."""

_ASK_AGAIN = timedelta(hours=1)
_ASK_SOON = timedelta(minutes=1)
_LOOKED_EACH = timedelta(hours=1)
"""How often checks read the expiry of the certificate."""
_NAMES = {
    Subject.CERTIFICATE: "The certificate",
    Subject.DOMAIN: "The domain registration",
}
_HEADLINES = {Subject.CERTIFICATE: "Certificate", Subject.DOMAIN: "Domain registration"}


# A renewed certificate or domain starts anew; for a known one only the time changes. Results of an
# older version of the monitor do not count. Returns the monitors where a different one was seen
# before.
_NOTE = text("""
    WITH n AS (
        SELECT n.* FROM unnest(
            CAST(:monitor_id AS int[]), CAST(:subject AS text[]), CAST(:organization_id AS int[]),
            CAST(:version AS int[]), CAST(:expires_at AS timestamptz[]), CAST(:identity AS text[]))
            AS n (monitor_id, subject, organization_id, version, expires_at, identity)
        JOIN monitors m ON m.id = n.monitor_id AND m.version = n.version),
    noted AS (
        INSERT INTO expiries (
            monitor_id, subject, organization_id, expires_at, identity, seen_at, next_at)
        SELECT monitor_id, subject, organization_id, expires_at, identity, :now, :now FROM n
        ON CONFLICT (monitor_id, subject) DO UPDATE SET
            seen_at = excluded.seen_at, expires_at = excluded.expires_at,
            identity = excluded.identity,
            notified_days = CASE WHEN expiries.identity = excluded.identity THEN expiries.notified_days END,
            next_at = CASE WHEN expiries.identity = excluded.identity
                THEN expiries.next_at ELSE excluded.next_at END)
    SELECT DISTINCT monitor_id
    FROM n JOIN expiries USING (monitor_id, subject) WHERE expiries.identity <> n.identity
""")


def note(session: Session, observed: Iterable[Observed], *, now: datetime) -> None:
    """Record the expiries that these checks saw, in the order of the ids, as all code locks.

    An expiry that replaces a different one is handled at once. If servers have different
    certificates, the next check may see the other one before any sweep runs.
    """
    seen = {
        (each.monitor_id, each.result.expiry.subject): each
        for each in observed
        if each.result.expiry is not None
    }
    rows = [(each, each.result.expiry) for _, each in sorted(seen.items()) if each.result.expiry]
    if not rows:
        return
    others = session.scalars(
        _NOTE,
        {
            "now": now,
            "monitor_id": [each.monitor_id for each, _ in rows],
            "subject": [expiry.subject.value for _, expiry in rows],
            "organization_id": [each.organization_id for each, _ in rows],
            "version": [each.version for each, _ in rows],
            "expires_at": [expiry.expires_at for _, expiry in rows],
            "identity": [expiry.identity for _, expiry in rows],
        },
    ).all()
    if others:
        _settle_due(session, Expiry.monitor_id.in_(others), now=now)


def of(session: Session, monitor_ids: Collection[int]) -> dict[int, list[Expiry]]:
    """Return the expiries of these monitors, earliest first, with one query."""
    found: dict[int, list[Expiry]] = {}
    for row in session.scalars(
        select(Expiry)
        .where(Expiry.monitor_id.in_(monitor_ids))
        .order_by(Expiry.expires_at)
        .execution_options(populate_existing=True)
    ):
        found.setdefault(row.monitor_id, []).append(row)
    return found


def soonest(
    session: Session, organization_id: int, *, before: datetime, limit: int
) -> list[tuple[Expiry, Monitor]]:
    """Return what expires before a moment, earliest first, with its monitor."""
    rows = session.execute(
        select(Expiry, Monitor)
        .join(Monitor, Monitor.id == Expiry.monitor_id)
        .where(
            Expiry.organization_id == organization_id,
            Expiry.expires_at < before,
            Monitor.deleted_at.is_(None),
        )
        .order_by(Expiry.expires_at, Expiry.monitor_id)
        .limit(limit)
    )
    return [(expiry, monitor) for expiry, monitor in rows]


def forget(session: Session, monitor: Monitor) -> None:
    """Delete the expiries of a monitor whose target changed."""
    session.execute(delete(Expiry).where(Expiry.monitor_id == monitor.id))


def reschedule(session: Session, monitor: Monitor, *, now: datetime) -> None:
    """Make the next sweep apply the new thresholds."""
    session.execute(update(Expiry).where(Expiry.monitor_id == monitor.id).values(next_at=now))


def sweep(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Notify of expiries whose next threshold has passed. Safe to repeat and to run concurrently.

    Return whether there may be more.
    """
    return _settle_due(session, true(), now=now, limit=limit) == limit


def _settle_due(
    session: Session, which: ColumnElement[bool], *, now: datetime, limit: int = MOST
) -> int:
    """Handle the due ones among these; return their number."""
    rows = session.execute(
        select(Expiry, Monitor)
        .join(Monitor, Monitor.id == Expiry.monitor_id)
        .where(Expiry.next_at <= now, which)
        .order_by(Expiry.next_at)
        .limit(limit)
        .with_for_update(of=Expiry, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row, monitor in rows:
        _settle(session, row, monitor, now=now)
    return len(rows)


def _settle(session: Session, row: Expiry, monitor: Monitor, *, now: datetime) -> None:
    if monitor.deleted_at is not None:
        row.next_at = None
        return
    if monitor.paused:
        # No check shows whether it was renewed.
        row.next_at = now + _ASK_AGAIN
        return
    days = expiry.due(row.expires_at, monitor.expiry_days, notified=row.notified_days, now=now)
    row.next_at = expiry.next_check(row.expires_at, monitor.expiry_days, now=now)
    if days is None:
        return
    if _is_seen_again_soon(session, row, monitor, now=now):
        row.next_at = now + _ASK_SOON
        return
    _notify(session, row, monitor, days, now=now)


def _is_seen_again_soon(session: Session, row: Expiry, monitor: Monitor, *, now: datetime) -> bool:
    """Return whether it may have been renewed in a pause, and no check could show that yet."""
    resumed_at = schedules.began_at(session, monitor)
    patience = _LOOKED_EACH + timedelta(seconds=monitor.interval_seconds)
    return row.seen_at < resumed_at and now < resumed_at + patience


def _notify(session: Session, row: Expiry, monitor: Monitor, days: int, *, now: datetime) -> None:
    dedup_key = expiry_messages.dedup_key(row, days)
    owner = monitor.organization_id
    people = monitor_targets.recipients(session, monitor, Severity.DEGRADED, now=now)
    if _was_notified(session, monitor, dedup_key):
        # A different one was seen in between, and somebody else may be on duty.
        _notify_again(session, row, days, people, now=now)
        return
    emit_event.emit(
        session,
        owner,
        [f"expiry.{row.subject}"],
        lambda: event_payloads.expiring(row, monitor, days),
        monitor_id=monitor.id,
        once=dedup_key,
        now=now,
    )
    if not people:
        # A contact added before the next threshold is notified of this one.
        row.next_at = min(row.next_at or now + _ASK_AGAIN, now + _ASK_AGAIN)
        return
    row.notified_days = days
    deliveries.record(
        session,
        organization_id=owner,
        dedup_key=dedup_key,
        event=AlertEvent.EXPIRY,
        channels=people,
        monitor_id=monitor.id,
        facts=_facts(row, now),
        now=now,
    )


def _notify_again(
    session: Session, row: Expiry, days: int, people: Iterable[Destination], *, now: datetime
) -> None:
    dedup_key, owner = expiry_messages.dedup_key(row, days), row.organization_id
    soon = now + _ASK_SOON
    # Check first: a message that a relay cancels between the two calls is then still revived.
    if expiry_messages.may_be_left_out(session, owner, dedup_key, soon=soon):
        row.next_at = min(row.next_at or soon, soon)
    else:
        row.notified_days = days
    expiry_messages.revive(session, owner, dedup_key, people, now=now)


def _was_notified(session: Session, monitor: Monitor, dedup_key: str) -> bool:
    written = select(Delivery.id).where(
        Delivery.organization_id == monitor.organization_id, Delivery.dedup_key == dedup_key
    )
    return session.scalar(written.limit(1)) is not None


def _facts(row: Expiry, now: datetime) -> Mapping[str, object]:
    left = (row.expires_at - now) / timedelta(days=1)
    when = f"{row.expires_at:%Y-%m-%d %H:%M} UTC"
    expires = (
        f"expired on {when}. Renew it now."
        if left < 0
        else f"expires on {when}. Renew it before then."
    )
    return {
        "headline": f"{_HEADLINES[row.subject]} {_in_days(left)}",
        "cause": f"{_NAMES[row.subject]} {expires}",
    }


def _in_days(left: float) -> str:
    days = round(left)
    if left < 0:
        return "has expired"
    if not days:
        return "expires within 12 hours"
    return f"expires in {days} day{'s' if days > 1 else ''}"
