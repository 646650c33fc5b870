"""The event about an entry of the audit log."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, Channel, EventSubscription
from models.session import of_whole_organization
from services.audit.entries import EntryView
from services.events import emit
from services.events.schemas import AuditActor, AuditChange, AuditRecorded, AuditTarget
from services.outbox.recipients import Destination

NAME = "audit.recorded"


@of_whole_organization
def recipients(session: Session, organization_id: int, name: str = NAME) -> Sequence[Destination]:
    """Return who gets an event about an entry, and lock their channels.

    The messages refer to the channels, and nothing may wait once the head of the chain is locked.
    """
    noun = name.partition(".")[0]
    rows = session.execute(
        select(EventSubscription.events, Channel.kind, Channel.address, Channel.id)
        .join(Channel, Channel.id == EventSubscription.channel_id)
        .where(
            EventSubscription.organization_id == organization_id,
            EventSubscription.events.overlap([name, f"{noun}.*"]),
            Channel.is_usable(),
        )
        .order_by(Channel.id)
        .with_for_update(of=Channel, read=True, key_share=True)
    )
    return [Destination(row.kind, row.address, row.id) for row in rows]


@of_whole_organization
def recorded(session: Session, entry: AuditEntry, to: Sequence[Destination]) -> None:
    """Write the event about an entry for these recipients."""
    if not to:
        return
    view = EntryView(entry)
    data = AuditRecorded(
        id=entry.public_id,
        sequence=entry.sequence,
        at=entry.at,
        action=entry.action,
        via=entry.via,
        actor=AuditActor(**view.actor),
        target=AuditTarget(**view.target),
        changes=[AuditChange(**each) for each in view.changes],
        ip=entry.ip,
        user_agent=entry.user_agent,
        request_id=entry.request_id,
        previous_hash=view.previous_hash,
        hash=view.hash,
    )
    emit.write(
        session, entry.organization_id, NAME, data, to, event_id=entry.public_id, now=entry.at
    )
