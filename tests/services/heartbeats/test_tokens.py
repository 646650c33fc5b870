"""Tokens of heartbeats at rest: nobody reads them from the database, and all addresses stay good."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from models import Heartbeat, Monitor
from security.vault import KeyRing
from services import data_keys
from services.errors import NotFound
from services.heartbeats import heartbeats, pings
from services.heartbeats import tokens as ping_tokens
from services.heartbeats.pings import Message
from services.operations import retention
from tests.factories import monitors as make
from tests.factories.keys import K1, K2, RING
from tests.services.pinged import HOURLY, at, heartbeat, known, token_of


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return heartbeat(session)


def is_known(session: Session, token: str, minutes: float) -> bool:
    return pings.receive(session, token, Message(signal=Signal.SUCCESS), now=at(minutes))


def test_no_column_holds_the_token(session: Session, monitor: Monitor) -> None:
    token = token_of(session, monitor)
    columns = inspect(Heartbeat).columns
    stored = [
        bytes(each) if isinstance(each, memoryview) else each
        for each in session.execute(select(*columns)).one()
    ]
    assert len(token) == 32
    assert token not in str(stored)


def test_what_is_sealed_for_one_heartbeat_opens_for_no_other(
    session: Session, monitor: Monitor
) -> None:
    values = {"kind": "heartbeat", "url": None, "settings": HOURLY}
    other = make.monitor(session, monitor.organization_id, now=at(0), **values)
    mine, theirs = known(session, monitor), known(session, other)
    theirs.nonce, theirs.ciphertext = mine.nonce, mine.ciphertext
    session.flush()
    assert ping_tokens.opened(session, [mine, theirs], ring=RING).keys() == {monitor.id}


@pytest.mark.abuse(84)
def test_what_was_sealed_before_another_address_opens_no_more(
    session: Session, monitor: Monitor
) -> None:
    row = known(session, monitor)
    before, sealed = token_of(session, monitor), (row.nonce, row.ciphertext)
    rotate(session, monitor)
    assert token_of(session, monitor) != before
    row = known(session, monitor)
    row.nonce, row.ciphertext = sealed
    assert ping_tokens.opened(session, [row], ring=RING) == {}


@pytest.mark.abuse(84)
def test_the_address_before_is_good_until_its_time_is_over(
    session: Session, monitor: Monitor
) -> None:
    before = token_of(session, monitor)
    rotate(session, monitor)
    assert is_known(session, before, 59)
    with pytest.raises(NotFound):
        is_known(session, before, 60)
    retention.forget_heartbeat_secrets(session, now=at(59))
    assert known(session, monitor).previous_hash
    retention.forget_heartbeat_secrets(session, now=at(60))
    assert known(session, monitor).previous_hash is None
    assert is_known(session, token_of(session, monitor), 61)


def rotate(session: Session, monitor: Monitor) -> None:
    """Give a heartbeat another address, with one hour in which the current one is good, too."""
    heartbeats.rotate_address(session, monitor, overlap=timedelta(hours=1), ring=RING, now=at(0))


def test_a_rotation_of_keys_covers_tokens(session: Session, monitor: Monitor) -> None:
    before = token_of(session, monitor)
    data_keys.rewrap(session, ring=KeyRing.parse(f"{K2},{K1}"))
    beats = [known(session, monitor)]
    after = ping_tokens.opened(session, beats, ring=KeyRing.parse(K2))
    assert after == {monitor.id: before}


def test_without_the_key_an_address_cannot_be_shown_and_is_good_all_the_same(
    session: Session, monitor: Monitor
) -> None:
    token = token_of(session, monitor)
    assert ping_tokens.opened(session, [known(session, monitor)], ring=KeyRing.parse(K2)) == {}
    assert is_known(session, token, 0)
