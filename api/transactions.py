"""The transactions of the API: once one is committed, relays are told of the messages that it wrote."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.resources import Transactions
from services import deliveries
from tasks.deliveries import wake


def telling_relays(transaction: Transactions) -> Transactions:
    """Make transactions after which nobody who wrote a message has to wait for the sweep."""

    @contextmanager
    def open_transaction() -> Iterator[Session]:
        with transaction() as session:
            yield session
        wake(deliveries.written(session))

    return open_transaction
