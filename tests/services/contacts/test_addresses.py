"""Addresses as the database compares them."""

import pytest
from sqlalchemy import Text, literal, select
from sqlalchemy.orm import Session

from domain.mailbox import mailbox_of
from services.contacts import addresses
from tests.domain.test_mailbox import OF_DOTS, ONE, OTHERS


@pytest.mark.abuse(83)
@pytest.mark.parametrize("address", [*ONE, *OF_DOTS, *OTHERS])
def test_the_database_says_the_same_of_a_mailbox(session: Session, address: str) -> None:
    column = literal(address, Text)
    assert session.scalar(select(addresses.mailbox(column))) == mailbox_of(address)
