"""The transactions of requests. Each records its act; after the commit, relays and pages hear of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from sqlalchemy.orm import Session

from config.settings import Settings
from models.session import ensure_acting_for
from server.request import acts
from server.resources import Transactions
from services.after_commit import hints
from services.audit import acts as audit_acts
from services.audit import record
from services.events import account as account_events
from services.events import audit as audit_events
from services.outbox import wakes
from services.plans import terms
from tasks.deliveries import wake
from tasks.hints import Publisher


def of_api(transaction: Transactions, settings: Settings, redis: Redis) -> Transactions:
    """Return transactions that wake the relay after the commit, so no message waits for the sweep.

    An act is recorded at the end of its transaction. Open pages get a hint after the commit, through
    this Redis. The settings have the limits and plans.
    """
    publisher = Publisher(lambda: redis)

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with transaction() as session:
            terms.offer(session, settings.usual_limits, settings.plans)
            audit_acts.begin(session, acts.of_request())
            yield session
            _record(session)
        publisher.publish(hints.take(session))
        wake(wakes.take(session))

    return open_transaction


def _record(session: Session) -> None:
    """Record the act of a transaction, and write the event about it."""
    act = audit_acts.due(session)
    if act is None:
        return
    to = {}
    for owner in act.chains:
        ensure_acting_for(session, owner)
        to[owner] = (
            audit_events.recipients(session, owner),
            account_events.recipients(session, owner, act.action),
        )
    for entry in record.record(session):
        ensure_acting_for(session, entry.organization_id)
        of_audit, of_account = to[entry.organization_id]
        audit_events.recorded(session, entry, of_audit)
        account_events.recorded(session, entry, of_account)
