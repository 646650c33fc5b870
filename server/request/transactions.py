"""The transactions of the API. They know the operator's limits, and wake relays after a commit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.orm import Session

from server.resources import Transactions
from services import quotas
from services.outbox import wakes
from tasks.deliveries import wake


def of_api(transaction: Transactions, limits: Mapping[str, int]) -> Transactions:
    """Return transactions that wake the relay after the commit, so no message waits for the sweep.

    `limits` are the limits of an organization that the operator sets.
    """

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with transaction() as session:
            quotas.use(session, limits)
            yield session
        wake(wakes.take(session))

    return open_transaction
