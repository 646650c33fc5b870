"""The demo, made once for each file of tests: every test undoes what it does to it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from models.session import act_for_nobody
from tests.devstack.demo.made import ensure


@pytest.fixture(scope="module")
def shop(database: Engine) -> Iterator[Connection]:
    """One connection in whose transaction the demo was made."""
    with database.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            ensure(session)
            act_for_nobody(session)
            session.commit()
        yield connection
        transaction.rollback()
