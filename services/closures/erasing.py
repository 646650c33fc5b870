"""Erases closed accounts and organizations after their grace.

An account goes in one transaction. The rows of an organization do not fit into one, so a task
deletes them monitor by monitor. If the task is killed, it continues with the remaining rows. The
organization goes last, and its data keys with it. A legal hold stops each step.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.alerting.alert import AlertEvent
from models import (
    AccountMail,
    ArchiveErasure,
    ArchiveRetention,
    CheckFailure,
    CheckResult,
    Delivery,
    Incident,
    IncidentNote,
    Invitation,
    Membership,
    Monitor,
    MonitorHour,
    Organization,
    User,
)
from services.accounts import mails as account_mails
from services.audit import erasure
from services.closures import accounts as closed_accounts
from services.closures import organizations as closed_organizations

FORMER = "a former member"
"""Takes the place of an address in the history of organizations."""

_WEEK_SECONDS = 7 * 86_400
_REMEMBERED = timedelta(days=1)
"""How long `opt_in` counts the questions to an address."""


def begin_organization(session: Session, *, now: datetime) -> bool:
    """Begin to erase an organization whose grace is over; return whether there was one."""
    organization = session.scalars(
        select(Organization)
        .where(
            Organization.closed_at <= now - closed_organizations.GRACE,
            Organization.deleted_at.is_(None),
            ~_is_held(),
        )
        .order_by(Organization.closed_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if organization is None:
        return False
    organization.deleted_at = now
    session.add(ArchiveErasure(organization_id=organization.id, requested_at=now))
    addresses = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization.id)
        .order_by(User.id)
    )
    for address in addresses.all():
        account_mails.record(
            session,
            AccountEvent.ORGANIZATION_DELETED,
            address,
            facts={"Organization": organization.name},
            now=now,
        )
    session.flush()
    return True


def purge_some(session: Session, *, now: datetime) -> bool:
    """Delete some rows of a deleted organization's monitor, or the rest if it has no monitors.

    An organization is kept until its last opt-in question is a day old. Otherwise a new
    organization could ask the same addresses again. Return whether there was anything to do.
    """
    asked = exists().where(
        Delivery.organization_id == Organization.id,
        Delivery.event == AlertEvent.CONFIRM,
        Delivery.created_at > now - _REMEMBERED,
    )
    organization = session.scalars(
        select(Organization)
        .where(Organization.deleted_at.is_not(None), ~asked, ~_is_held())
        .order_by(Organization.deleted_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if organization is None:
        return False
    monitor_id = session.scalars(
        select(Monitor.id).where(Monitor.organization_id == organization.id).limit(1)
    ).one_or_none()
    if monitor_id is None:
        # The database cascades to all rows that refer to it, data keys included.
        session.execute(delete_rows(Organization).where(Organization.id == organization.id))
        return True
    if not _purge_checks(session, monitor_id):
        session.execute(delete_rows(MonitorHour).where(MonitorHour.monitor_id == monitor_id))
        session.execute(delete_rows(Monitor).where(Monitor.id == monitor_id))
    return True


def erase_account(session: Session, *, now: datetime) -> bool:
    """Erase an account whose grace is over; return whether there was one.

    What the person did stays in the history of the organizations, without the address. While one of
    these is on legal hold, the account waits.
    """
    held = exists().where(
        Membership.user_id == User.id,
        Membership.organization_id == ArchiveRetention.organization_id,
        ArchiveRetention.held_since.is_not(None),
    )
    found = session.execute(
        select(User.id, User.public_id, User.email)
        .where(User.closed_at <= now - closed_accounts.GRACE, ~held)
        .order_by(User.closed_at)
        .limit(1)
    ).one_or_none()
    if found is None:
        return False
    for column in (Incident.acknowledged_by, IncidentNote.by):
        session.execute(
            update(column.class_)
            .where(column == found.email)
            .values({column.key: FORMER})
            .execution_options(synchronize_session=False)
        )
    erasure.erase_person(session, found.public_id, found.email)
    for table, address in ((AccountMail, AccountMail.address), (Invitation, Invitation.email)):
        session.execute(delete_rows(table).where(func.lower(address) == found.email.lower()))
    # Nobody is deleted who was restored in the meantime.
    session.execute(
        delete_rows(User)
        .where(User.id == found.id, User.closed_at <= now - closed_accounts.GRACE)
        .execution_options(synchronize_session=False)
    )
    return True


def _is_held() -> ColumnElement[bool]:
    """Return whether the organization of the row is on legal hold."""
    return exists().where(
        ArchiveRetention.organization_id == Organization.id,
        ArchiveRetention.held_since.is_not(None),
    )


def _purge_checks(session: Session, monitor_id: int) -> bool:
    """Delete the oldest week of results of a monitor; return whether there were any."""
    first = session.scalar(
        select(func.min(CheckResult.slot)).where(CheckResult.monitor_id == monitor_id)
    )
    if first is None:
        return False
    for table in (CheckFailure, CheckResult):
        session.execute(
            delete_rows(table).where(
                table.monitor_id == monitor_id, table.slot < first + _WEEK_SECONDS
            )
        )
    return True
