"""Whom on-call schedules need: such a contact cannot be deleted, or somebody's turn would be nobody's."""

from datetime import datetime

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from models import Contact, OnCallOverride, OnCallSchedule, OnCallTurn
from services.errors import Conflict


def refuse_deletion(session: Session, contact: Contact, *, now: datetime) -> None:
    """Raise `Conflict` naming a schedule in which the contact takes turns or has an override ahead."""
    # Who adds an override of this contact meanwhile has to wait, and finds nobody.
    session.execute(select(Contact.id).where(Contact.id == contact.id).with_for_update())
    needed = union(
        select(OnCallTurn.on_call_schedule_id).where(OnCallTurn.contact_id == contact.id),
        select(OnCallOverride.on_call_schedule_id).where(
            OnCallOverride.contact_id == contact.id, OnCallOverride.ends_at > now
        ),
    )
    name = session.scalars(
        select(OnCallSchedule.name)
        .where(OnCallSchedule.id.in_(needed))
        .order_by(OnCallSchedule.name)
        .limit(1)
    ).first()
    if name is not None:
        raise Conflict(
            f"This contact is on call by the schedule {name}. Give its turns and overrides there to"
            " others first."
        )
