"""Events about the account of an organization: members, keys, plan, usage and suspension.

What people and operators do has an entry in the audit log, and its event is made from the entry.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from models import AuditEntry
from models.session import of_whole_organization
from services.audit.entries import EntryView
from services.events import emit
from services.events.schemas import (
    AccountChanged,
    AuditActor,
    AuditChange,
    AuditTarget,
    UsageThreshold,
)
from services.outbox.recipients import Destination

THRESHOLDS = (80, 100)

OF_ACTIONS: Mapping[str, str] = {
    "api_key.created": "key.created",
    "api_key.deleted": "key.deleted",
    "api_key.rotated": "key.rotated",
    "api_key.updated": "key.changed",
    "invitation.created": "invitation.created",
    "invitation.deleted": "invitation.deleted",
    "invitation.resent": "invitation.resent",
    "member.joined": "member.joined",
    "member.left": "member.left",
    "member.removed": "member.removed",
    "member.role_changed": "role.changed",
    "organization.limits_changed": "plan.limits_changed",
    "organization.plan_changed": "plan.changed",
    "organization.suspended": "organization.suspended",
    "organization.unsuspended": "organization.unsuspended",
    "service_account.created": "key.created",
    "service_account.deleted": "key.deleted",
    "service_account.rotated": "key.rotated",
    "service_account.updated": "key.changed",
    "user.deleted": "member.left",
}
"""The event of each act that has one."""


def recipients(session: Session, organization_id: int, action: str) -> Sequence[Destination]:
    """Return who gets the event of an act, and lock their channels; nobody if it has none."""
    name = OF_ACTIONS.get(action)
    return () if name is None else emit.locked_recipients(session, organization_id, name)


@of_whole_organization
def recorded(session: Session, entry: AuditEntry, to: Sequence[Destination]) -> None:
    """Write the event of an entry for these recipients."""
    if not to:
        return
    view = EntryView(entry)
    data = AccountChanged(
        actor=AuditActor(**view.actor),
        target=AuditTarget(**view.target),
        changes=[AuditChange(**each) for each in view.changes],
    )
    # Not the id of the entry, which is that of `audit.recorded`.
    event_id = uuid.uuid5(entry.public_id, OF_ACTIONS[entry.action])
    emit.write(
        session,
        entry.organization_id,
        OF_ACTIONS[entry.action],
        data,
        to,
        event_id=event_id,
        now=entry.at,
    )


def used(
    session: Session,
    organization_id: int,
    limit: str,
    amount: float,
    allowed: int,
    *,
    now: datetime,
) -> None:
    """Emit each threshold of a limit that is reached, once a month for the same limit."""
    for percent in THRESHOLDS:
        if not allowed or amount * 100 < allowed * percent:
            continue
        emit.emit(
            session,
            organization_id,
            ["usage.threshold"],
            lambda percent=percent: UsageThreshold(  # type: ignore[misc]  # a bound value
                limit=limit, percent=percent, used=amount, allowed=allowed
            ),
            once=f"{limit}/{percent}/{allowed}/{now:%Y-%m}",
            now=now,
        )
