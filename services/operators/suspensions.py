"""Suspends organizations, ends that again, and deletes what stayed suspended for 90 days.

Nobody can use a suspended organization. Its monitors are paused by the sweep of plan pauses, each
once it has no open incident. So whoever was told of an outage is told of its end, too.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.permissions import Role
from domain.plans import billing as billing_rules
from domain.plans.standing import Standing
from models import ArchiveRetention, BillingAccount, Membership, Organization, Suspension, User
from services.accounts import mails as account_mails
from services.billing import accounts as billing
from services.closures import organizations as closures
from services.errors import Conflict
from services.operators.operators import Operator, reason_of
from services.plans import changes

KEPT = timedelta(days=90)
WARNED_BEFORE = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
"""When the owners are warned of the deletion, in addition to the mail at the beginning."""


def begin(
    session: Session, organization_id: int, reason: str, by: Operator, *, now: datetime
) -> Organization:
    """Suspend an organization from its next request on. Raise `Conflict` if it is suspended."""
    reason = reason_of(reason)
    row = changes.set_standing(session, organization_id, Standing.SUSPENDED, now=now)
    if session.get(Suspension, organization_id, populate_existing=True) is not None:
        raise Conflict("This organization is suspended already.")
    session.add(
        Suspension(
            organization_id=organization_id, reason=reason, suspended_by=by.id, suspended_at=now
        )
    )
    session.flush()
    _tell(session, row, AccountEvent.ORGANIZATION_SUSPENDED, now, Reason=reason, **_end(now))
    return row


def end(session: Session, organization_id: int, *, now: datetime) -> Organization:
    """End a suspension. The standing is again what the organization's payments make it.

    Raise `Conflict` if no operator suspended the organization.
    """
    standing = _standing_by_payments(session, organization_id, now)
    row = changes.set_standing(session, organization_id, standing, now=now)
    suspension = session.get(Suspension, organization_id, populate_existing=True)
    if suspension is None:
        raise Conflict("No operator suspended this organization.")
    session.delete(suspension)
    session.flush()
    _tell(session, row, AccountEvent.SUSPENSION_ENDED, now)
    return row


def sweep(session: Session, *, now: datetime) -> bool:
    """Warn or delete one organization that is due; return whether there was any.

    One on legal hold is kept, without a further warning.
    """
    held = select(ArchiveRetention.organization_id).where(ArchiveRetention.held_since.is_not(None))
    due = [
        (Suspension.warnings == number) & (Suspension.suspended_at <= now - KEPT + before)
        for number, before in enumerate((*WARNED_BEFORE, timedelta(0)))
    ]
    condition = due[0]
    for each in due[1:]:
        condition |= each
    row = session.execute(
        select(Suspension, Organization)
        .join(Organization, Organization.id == Suspension.organization_id)
        .where(
            condition, Organization.deleted_at.is_(None), Suspension.organization_id.not_in(held)
        )
        .order_by(Suspension.suspended_at)
        .limit(1)
        .with_for_update(of=Suspension, skip_locked=True)
    ).one_or_none()
    if row is None:
        return False
    suspension, organization = row
    if suspension.warnings >= len(WARNED_BEFORE):
        closures.end(session, organization, now=now)
        session.delete(suspension)
    else:
        suspension.warnings += 1
        facts = _end(suspension.suspended_at)
        _tell(session, organization, AccountEvent.SUSPENSION_ENDING, now, **facts)
    session.flush()
    return True


def _standing_by_payments(session: Session, organization_id: int, now: datetime) -> Standing:
    row = session.get(BillingAccount, organization_id, populate_existing=True)
    if row is None:
        return Standing.ACTIVE
    return billing_rules.standing(billing.subscription_of(row), now=now)


def _end(since: datetime) -> dict[str, str]:
    return {"Deleted on": f"{since + KEPT:%Y-%m-%d}"}


def _tell(
    session: Session, organization: Organization, event: AccountEvent, now: datetime, **facts: str
) -> None:
    told = {"Organization": organization.name, **facts}
    for address in _owners(session, organization.id):
        account_mails.record(session, event, address, facts=told, now=now)


def _owners(session: Session, organization_id: int) -> Iterable[str]:
    return session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.role == Role.OWNER)
        .order_by(User.id)
    ).all()
