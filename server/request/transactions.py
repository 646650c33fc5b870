"""The transactions of requests. After a commit they wake relays, and hint open pages."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from sqlalchemy.orm import Session

from config.settings import Settings
from server.resources import Transactions
from services.after_commit import hints
from services.outbox import wakes
from services.plans import terms
from tasks.deliveries import wake
from tasks.hints import Publisher


def of_api(transaction: Transactions, settings: Settings, redis: Redis) -> Transactions:
    """Return transactions that wake the relay after the commit, so no message waits for the sweep.

    Open pages get a hint then, through this Redis. The settings have the limits and plans.
    """
    publisher = Publisher(lambda: redis)

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with transaction() as session:
            terms.offer(session, settings.usual_limits, settings.plans)
            yield session
        publisher.publish(hints.take(session))
        wake(wakes.take(session))

    return open_transaction
