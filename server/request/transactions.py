"""The transactions of requests. After a commit they wake relays, and hint open pages."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from redis import Redis
from sqlalchemy.orm import Session

from server.resources import Transactions
from services import quotas
from services.after_commit import hints
from services.outbox import wakes
from tasks.deliveries import wake
from tasks.hints import Publisher


def of_api(transaction: Transactions, limits: Mapping[str, int], redis: Redis) -> Transactions:
    """Return transactions that wake the relay after the commit, so no message waits for the sweep.

    Open pages get a hint then, through this Redis. `limits` are the limits of an organization that
    the operator sets.
    """
    publisher = Publisher(lambda: redis)

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with transaction() as session:
            quotas.use(session, limits)
            yield session
        publisher.publish(hints.take(session))
        wake(wakes.take(session))

    return open_transaction
