"""Writes the entry of an act, as the last statement of its transaction.

The head of the chain is locked last, after everything else that the act locks. So the lock is short,
and two acts cannot wait for each other.
"""

import uuid
from collections.abc import Sequence
from typing import Any
from typing import cast as cast_type

from sqlalchemy import ARRAY, DateTime, Table, Text, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models import AuditEntry, AuditHead, User
from models.session import ensure_acting_for
from services.audit import acts, chain, changes, words
from services.audit.acts import Act, Actor
from services.audit.details import Details, details

_LONGEST_AGENT = 200

# The tables themselves: their rows are written without the session, which has nothing to keep of them.
_ENTRIES = cast_type("Table", AuditEntry.__table__)
_HEADS = cast_type("Table", AuditHead.__table__)


def record(session: Session) -> Sequence[AuditEntry]:
    """Write the entry of this transaction's act, if it is one. Only the commit may follow.

    What an operator did has an entry in each chain that it concerns, always in the same order.
    """
    act = acts.due(session)
    changed = changes.of(session)
    if act is None or act.actor is None:
        return ()
    found = details(session, act, changed)
    acts.withdraw(session)
    entries = []
    for organization_id in act.chains:
        ensure_acting_for(session, organization_id)
        entries.append(_written(session, organization_id, act, act.actor, found))
    return entries


def _written(
    session: Session, organization_id: int, act: Act, actor: Actor, found: Details
) -> AuditEntry:
    head = _locked(session, organization_id, actor.user_key)
    is_erased = found.erases_actor
    entry = AuditEntry(
        organization_id=organization_id,
        sequence=head.sequence + 1,
        public_id=uuid.uuid4(),
        at=max(head.at, head.now),
        action=act.action,
        via=act.via,
        actor_kind=actor.kind,
        actor_id=actor.id or head.user_id or found.actor_id,
        target_kind=found.target_kind,
        target_id=found.target_id or (head.user_id if found.is_about_actor else None),
        target_label=found.target_label,
        request_id=act.circumstances.request_id,
        changes=found.changes,
        previous_hash=head.hash,
        salt=chain.new_salt(),
        ip=None if is_erased else act.circumstances.ip,
        user_agent=None if is_erased else _agent(act),
        actor_label=None if is_erased else actor.label or head.email,
        personal=found.personal or None,
    )
    entry.personal_digest = chain.digest(chain.personal(entry) or {})
    entry.hash = chain.digest(chain.content(entry))
    _append(session, entry)
    return entry


def _agent(act: Act) -> str | None:
    return (act.circumstances.user_agent or "")[:_LONGEST_AGENT] or None


def _locked(session: Session, organization_id: int, user_key: int | None) -> Any:  # noqa: ANN401 - a row
    """Lock the head of the chain, and look up the user who acts."""
    query = (
        select(
            AuditHead.sequence,
            AuditHead.hash,
            AuditHead.at,
            func.clock_timestamp(type_=DateTime(timezone=True)).label("now"),
            User.public_id.label("user_id"),
            User.email,
        )
        .outerjoin(User, User.id == user_key)
        .where(AuditHead.organization_id == organization_id)
        .with_for_update(of=AuditHead)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        session.execute(
            upsert(AuditHead)
            .values(
                organization_id=organization_id,
                sequence=0,
                hash=chain.GENESIS,
                at=func.clock_timestamp(),
                pruned_sequence=0,
                pruned_hash=chain.GENESIS,
            )
            .on_conflict_do_nothing()
        )
        found = session.execute(query).one()
    return found


def _append(session: Session, entry: AuditEntry) -> None:
    """Write the entry and the new head, with one statement."""
    values: dict[str, Any] = {
        column.name: getattr(entry, column.name)
        for column in AuditEntry.__table__.columns
        if column.name != "words"
    }
    values["words"] = func.array_to_tsvector(cast(words.of_entry(entry), ARRAY(Text)))
    added = insert(_ENTRIES).values(values).cte("added")
    session.connection().execute(
        update(_HEADS)
        .where(AuditHead.organization_id == entry.organization_id)
        .values(sequence=entry.sequence, hash=entry.hash, at=entry.at)
        .add_cte(added)
    )
