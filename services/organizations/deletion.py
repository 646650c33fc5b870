"""Deletes an organization: access and checks end at once, its rows are deleted later.

The request does what has to take effect at once. Rows of several years do not fit into one
transaction, so a task deletes them monitor by monitor. If the task is killed, it continues with the
remaining rows.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.alerting.alert import AlertEvent
from domain.evaluation.slots import FOREVER
from models import (
    ApiKey,
    ArchiveErasure,
    CheckFailure,
    CheckResult,
    Delivery,
    Incident,
    Invitation,
    Membership,
    Monitor,
    MonitorHour,
    Organization,
    RefreshToken,
    Schedule,
    ServiceAccount,
    User,
)
from models.delivery import OPEN, DeliveryState
from models.incident import Resolution
from services.accounts import accounts, members
from services.accounts import mails as account_mails
from services.archive import retention
from services.errors import Invalid

_WEEK_SECONDS = 7 * 86_400
_REMEMBERED = timedelta(days=1)
"""How long `opt_in` counts the questions to an address."""
_DOORS = (ApiKey, ServiceAccount, Invitation, RefreshToken, Membership)


def delete(
    session: Session,
    organization_id: int,
    user_id: int,
    *,
    current_password: str,
    name: str,
    now: datetime,
) -> None:
    """Delete an organization; its name and the caller's password confirm the intent.

    Raise `Invalid` if one of them is wrong, and `Conflict` if the organization is on legal hold.
    """
    accounts.prove(session, user_id, current_password)
    members.lock(session, organization_id)
    organization = session.get_one(Organization, organization_id, populate_existing=True)
    if name != organization.name:
        raise Invalid({"name": ["This is not the name of the organization."]})
    retention.refuse_held(session, organization_id)
    end(session, organization, now=now)


def end(session: Session, organization: Organization, *, now: datetime) -> None:
    """Delete an organization whoever asked for it. The caller has locked it, and it is not held."""
    organization_id = organization.id
    organization.deleted_at = now
    session.add(ArchiveErasure(organization_id=organization_id, requested_at=now))
    _notify_members(session, organization, now)
    _stop_watching(session, organization_id, now)
    for table in _DOORS:
        session.execute(delete_rows(table).where(table.organization_id == organization_id))
    session.flush()


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
        .where(Organization.deleted_at.is_not(None), ~asked)
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
        # The database cascades to all rows that refer to it.
        session.execute(delete_rows(Organization).where(Organization.id == organization.id))
        return True
    if not _purge_checks(session, monitor_id):
        session.execute(delete_rows(MonitorHour).where(MonitorHour.monitor_id == monitor_id))
        session.execute(delete_rows(Monitor).where(Monitor.id == monitor_id))
    return True


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


def _notify_members(session: Session, organization: Organization, now: datetime) -> None:
    """Send account mails, because they outlive the organization."""
    addresses = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization.id)
        .order_by(User.id)
    ).all()
    for address in addresses:
        account_mails.record(
            session,
            AccountEvent.ORGANIZATION_DELETED,
            address,
            facts={"Organization": organization.name},
            now=now,
        )


def _stop_watching(session: Session, organization_id: int, now: datetime) -> None:
    session.execute(
        update(Schedule)
        .where(Schedule.organization_id == organization_id, Schedule.until_slot == FOREVER)
        .values(until_slot=func.greatest(Schedule.from_slot, int(now.timestamp()) + 1))
    )
    session.execute(
        update(Monitor)
        .where(Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    session.execute(
        update(Incident)
        .where(Incident.organization_id == organization_id, Incident.ended_at.is_(None))
        .values(ended_at=now, resolution=Resolution.MONITOR_DELETED)
    )
    session.execute(
        update(Delivery)
        .where(Delivery.organization_id == organization_id, Delivery.state.in_(OPEN))
        .values(state=DeliveryState.CANCELLED, last_error="The organization was deleted.")
    )
