"""The transactions of requests. Each records its act; after the commit, relays and pages hear of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from sqlalchemy.orm import Session

from config.settings import Settings
from server.request import acts
from server.resources import Transactions
from services.after_commit import hints
from services.audit import acts as audit_acts
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
            audit_events.record_act(session)
        publisher.publish(hints.take(session))
        wake(wakes.take(session))

    return open_transaction
