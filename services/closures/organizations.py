"""Closes an organization: access and checks end at once. Within the grace, an owner restores it.

Nothing is deleted here. Row-level security hides the ways in (`migrations/baseline/14_closed.sql`),
and monitors pause as those beyond a plan do. So a restore only opens the door, and the sweep of
plans resumes the monitors. `services.closures.erasing` erases what nobody restored.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.evaluation.slots import FOREVER
from domain.evaluation.state import State
from domain.permissions import Role
from models import (
    Delivery,
    Heartbeat,
    Incident,
    Membership,
    Monitor,
    MonitorState,
    Organization,
    Recheck,
    Schedule,
    User,
)
from models.audit_entry import ActorKind
from models.delivery import OPEN, DeliveryState
from models.session import act_for
from security.links import LIFETIMES, LinkError, Links, Purpose
from services.accounts import accounts, members, one_time_links
from services.accounts import mails as account_mails
from services.archive import retention
from services.audit import acts
from services.audit.acts import Actor
from services.errors import Invalid, Unauthenticated

GRACE = LIFETIMES[Purpose.RESTORE_ORGANIZATION]


def close(
    session: Session,
    organization_id: int,
    user_id: int,
    *,
    current_password: str,
    name: str,
    now: datetime,
) -> None:
    """Close an organization; its name and the caller's password confirm the intent.

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
    """Close an organization whoever asked for it. The caller has locked it, and it is not held."""
    if organization.closed_at is not None:
        return
    organization_id = organization.id
    mailed = _members(session, organization_id)
    organization.closed_at, organization.restore_id = now, uuid.uuid4()
    session.flush()
    _notify(session, organization, mailed, now)
    _stop_watching(session, organization_id, now)


def restore(session: Session, links: Links, *, token: str, now: datetime) -> None:
    """Open a closed organization again, with the link of an owner. The transaction acts for it.

    Raise `Unauthenticated` if the link was used before, or if the grace is over.
    """
    try:
        subject = links.read(Purpose.RESTORE_ORGANIZATION, token, now=now)
    except LinkError as error:
        raise Unauthenticated(one_time_links.INVALID_LINK) from error
    accounts.act_for_organization(session, subject.organization_id)
    organization = session.scalars(
        select(Organization)
        .where(
            Organization.public_id == subject.organization_id,
            Organization.restore_id == subject.id,
            Organization.closed_at > now - GRACE,
            Organization.deleted_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if organization is None:
        raise Unauthenticated(one_time_links.INVALID_LINK)
    act_for(session, organization.id)
    acts.declare(
        session, organization.id, Actor(kind=ActorKind.LINK, label="the restore link of an owner")
    )
    acts.aim(session, "organization", organization.public_id, organization.name)
    organization.closed_at = organization.restore_id = None
    # The next sweep of plans finds no excess and resumes what was paused here.
    organization.over_limit_since = now
    acts.wrote(session)
    session.flush()


def _members(session: Session, organization_id: int) -> Sequence[tuple[str, Role]]:
    rows = session.execute(
        select(User.email, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id)
        .order_by(User.id)
    )
    return [(row.email, row.role) for row in rows]


def _notify(
    session: Session,
    organization: Organization,
    mailed: Sequence[tuple[str, Role]],
    now: datetime,
) -> None:
    """Mail all members; only owners get the link."""
    facts = {
        "Organization": organization.name,
        "Restore until": f"{now + GRACE:%Y-%m-%d %H:%M} UTC",
    }
    for address, role in mailed:
        account_mails.record(
            session,
            AccountEvent.ORGANIZATION_CLOSED,
            address,
            request_id=organization.restore_id if role is Role.OWNER else None,
            facts=facts,
            now=now,
        )


def _stop_watching(session: Session, organization_id: int, now: datetime) -> None:
    """Pause all monitors and cancel what waits to be sent, in few statements for any number."""
    session.execute(
        update(Schedule)
        .where(Schedule.organization_id == organization_id, Schedule.until_slot == FOREVER)
        .values(until_slot=func.greatest(Schedule.from_slot, int(now.timestamp()) + 1))
    )
    session.execute(delete_rows(Recheck).where(Recheck.organization_id == organization_id))
    session.execute(
        update(MonitorState)
        .where(MonitorState.organization_id == organization_id, MonitorState.state != State.PAUSED)
        .values(
            state=State.PAUSED,
            since=now,
            recent=0,
            successes=0,
            run_started=0,
            failed_at=0.0,
            unknown_since=0,
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Monitor)
        .where(
            Monitor.organization_id == organization_id,
            Monitor.deleted_at.is_(None),
            Monitor.paused.is_(False),
        )
        # Set too, because it is not the monitor that was edited.
        .values(paused=True, paused_by_plan=True, updated_at=Monitor.updated_at)
        .execution_options(synchronize_session=False)
    )
    _silence(session, organization_id)


def _silence(session: Session, organization_id: int) -> None:
    """Expect no ping any more, and send nothing of what waits."""
    session.execute(
        update(Heartbeat)
        .where(Heartbeat.organization_id == organization_id)
        .values(expected_at=None, deadline_at=None)
    )
    session.execute(
        update(Incident)
        .where(Incident.organization_id == organization_id, Incident.ended_at.is_(None))
        .values(next_at=None)
    )
    session.execute(
        update(Delivery)
        .where(Delivery.organization_id == organization_id, Delivery.state.in_(OPEN))
        .values(state=DeliveryState.CANCELLED, last_error="The organization was deleted.")
    )
