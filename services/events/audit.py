"""The event about an entry of the audit log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, Channel, EventSubscription
from models.audit_entry import Via
from models.session import ensure_acting_for, of_whole_organization
from services import quotas
from services.audit import acts, record
from services.audit.acts import Circumstances
from services.audit.entries import FEATURE, EntryView
from services.events import emit
from services.events.schemas import AuditActor, AuditChange, AuditRecorded, AuditTarget
from services.outbox.recipients import Destination

NAME = "audit.recorded"

_UNNAMED = "organization.updated"
"""The name of an act that nothing names more exactly."""


def record_act(session: Session) -> None:
    """Record the act of a transaction, and write the event about it. Only the commit may follow."""
    act = acts.due(session)
    if act is None:
        return
    to = {}
    for organization_id in act.chains:
        ensure_acting_for(session, organization_id)
        to[organization_id] = recipients(session, organization_id)
    for entry in record.record(session):
        ensure_acting_for(session, entry.organization_id)
        recorded(session, entry, to[entry.organization_id])


@contextmanager
def act_of(session: Session, via: Via) -> Iterator[None]:
    """Let the block be an act that comes with no request, if something in it declares one."""
    acts.begin(session, Circumstances(action=_UNNAMED, via=via))
    yield
    record_act(session)


@of_whole_organization
def recipients(session: Session, organization_id: int) -> Sequence[Destination]:
    """Return who gets the event, and lock their channels.

    The messages refer to the channels, and nothing may wait once the head of the chain is locked.
    Nobody gets it while the plan does not include the audit log.
    """
    rows = session.execute(
        select(EventSubscription.events, Channel.kind, Channel.address, Channel.id)
        .join(Channel, Channel.id == EventSubscription.channel_id)
        .where(
            EventSubscription.organization_id == organization_id,
            EventSubscription.events.overlap([NAME, "audit.*"]),
            Channel.is_usable(),
        )
        .order_by(Channel.id)
        .with_for_update(of=Channel, read=True, key_share=True)
    ).all()
    if rows and not quotas.limit(session, organization_id, FEATURE):
        return []
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
