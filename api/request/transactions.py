"""The transactions of the API: they know its limits, and relays are told of what was written in one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.resources import Transactions
from services import quotas
from services.outbox import wakes
from tasks.deliveries import wake


def of_api(transaction: Transactions, limits: Mapping[str, int]) -> Transactions:
    """Make transactions after which nobody who wrote a message has to wait for the sweep.

    `limits` are what an organization may have, where the operator says so.
    """

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with transaction() as session:
            quotas.use(session, limits)
            yield session
        wake(wakes.take(session))

    return open_transaction
