"""The shifts of some contacts in all on-call schedules."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from models import Channel, Contact, OnCallOverride, OnCallSchedule, OnCallTurn
from services.on_call import complexity, rota
from services.on_call.rota import ShiftView

MOST = 500
"""The most shifts of one answer."""
MOST_SCHEDULES = 50
"""The most schedules that are looked through, by name."""


@dataclass(frozen=True, slots=True)
class DutyView:
    schedule: OnCallSchedule
    shift: ShiftView


@dataclass(frozen=True, slots=True)
class Duties:
    """The first shifts, earliest first; `is_whole` if there are no others in this time.

    `left_out` are schedules that are too much work to look through together.
    """

    items: Sequence[DutyView]
    is_whole: bool
    left_out: Sequence[OnCallSchedule]


def contacts_of(session: Session, organization_id: int, email: str) -> Sequence[Contact]:
    """Return the contacts with this email address: those of a member are theirs."""
    theirs = select(Channel.contact_id).where(
        Channel.organization_id == organization_id,
        Channel.kind == channel_kind.EMAIL,
        func.lower(Channel.address) == email.lower(),
        Channel.deleted_at.is_(None),
    )
    return session.scalars(
        select(Contact)
        .where(Contact.organization_id == organization_id, Contact.id.in_(theirs))
        .order_by(Contact.name, Contact.id)
    ).all()


def of(
    session: Session,
    organization_id: int,
    contacts: Collection[Contact],
    *,
    start: datetime,
    end: datetime,
) -> Duties:
    """Return the shifts of the contacts in a span of time."""
    keys = [contact.id for contact in contacts]
    wanted = {contact.public_id for contact in contacts}
    schedules = session.scalars(
        select(OnCallSchedule)
        .where(
            OnCallSchedule.organization_id == organization_id,
            or_(
                OnCallSchedule.id.in_(
                    select(OnCallTurn.on_call_schedule_id).where(OnCallTurn.contact_id.in_(keys))
                ),
                OnCallSchedule.id.in_(
                    select(OnCallOverride.on_call_schedule_id).where(
                        OnCallOverride.contact_id.in_(keys), OnCallOverride.ends_at > start
                    )
                ),
            ),
        )
        .order_by(OnCallSchedule.name)
        .limit(MOST_SCHEDULES)
    ).all()
    within, left_out = complexity.within(session, schedules)
    found = [
        DutyView(schedule, shift)
        for schedule in within
        for shift in rota.shifts(
            session, organization_id, schedule.public_id, start=start, end=end, now=start
        )
        if shift.contact_id in wanted
    ]
    found.sort(key=lambda each: (each.shift.start, each.schedule.name))
    return Duties(found[:MOST], len(found) <= MOST, left_out)
