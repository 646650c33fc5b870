"""Tokens of heartbeats at rest: nobody reads them from the database, and all addresses stay good."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from models import Heartbeat, Monitor
from security.ping_tokens import new_ping_token, ping_token_hash
from security.vault import KeyRing, VaultError
from services import data_keys
from services.errors import NotFound
from services.heartbeats import heartbeats, pings
from services.heartbeats import tokens as ping_tokens
from services.heartbeats.pings import Message
from services.operations import retention
from tests.factories import monitors as make
from tests.factories.keys import K1, K2, RING
from tests.services.pinged import HOURLY, at, heartbeat, known, ping, token_of


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return heartbeat(session)


def in_the_clear(session: Session, monitor: Monitor) -> str:
    """Let a heartbeat be as the version before sealing left it."""
    token, row = new_ping_token(), known(session, monitor)
    row.token, row.token_hash = token, ping_token_hash(token)
    row.data_key_id = row.nonce = row.ciphertext = row.sealed_at = None
    session.flush()
    return token


def seal(session: Session, monitor: Monitor, *, ring: KeyRing = RING, limit: int = 10) -> bool:
    owner = monitor.organization_id
    return ping_tokens.seal_some(session, owner, ring=ring, now=at(0), limit=limit)


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


def test_an_address_in_the_clear_is_replaced_by_one_that_is_sealed(
    session: Session, monitor: Monitor
) -> None:
    before = in_the_clear(session, monitor)
    rotate(session, monitor)
    assert known(session, monitor).token is None
    assert is_known(session, before, 0)
    assert is_known(session, token_of(session, monitor), 1)


def rotate(session: Session, monitor: Monitor) -> None:
    """Give a heartbeat another address, with one hour in which the present one is good, too."""
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


def test_a_token_from_before_is_good_at_every_step_of_its_way(
    session: Session, monitor: Monitor
) -> None:
    token = in_the_clear(session, monitor)
    assert token_of(session, monitor) == token
    assert is_known(session, token, 0)
    assert ping_tokens.unsealed(session) == [monitor.organization_id]
    assert not seal(session, monitor)
    assert (known(session, monitor).token, token_of(session, monitor)) == (token, token)
    assert is_known(session, token, 1)
    ping_tokens.forget_clear(session, now=at(0) + ping_tokens.CLEAR_FOR + timedelta(seconds=1))
    assert (known(session, monitor).token, token_of(session, monitor)) == (None, token)
    assert is_known(session, token, 2)
    assert ping_tokens.unsealed(session) == []


def test_a_token_stays_in_the_clear_for_a_day_for_who_goes_back(
    session: Session, monitor: Monitor
) -> None:
    token = in_the_clear(session, monitor)
    ping_tokens.forget_clear(session, now=at(0) + 10 * ping_tokens.CLEAR_FOR)
    assert known(session, monitor).token == token
    seal(session, monitor)
    ping_tokens.forget_clear(session, now=at(0) + ping_tokens.CLEAR_FOR)
    assert known(session, monitor).token == token


def test_sealing_again_changes_nothing(session: Session, monitor: Monitor) -> None:
    in_the_clear(session, monitor)
    seal(session, monitor)
    before = known(session, monitor).ciphertext
    seal(session, monitor)
    assert known(session, monitor).ciphertext == before


def test_who_has_many_is_sealed_some_at_a_time(session: Session, monitor: Monitor) -> None:
    in_the_clear(session, monitor)
    assert seal(session, monitor, limit=1)
    assert not seal(session, monitor, limit=1)


def test_without_the_key_nothing_is_sealed_and_nothing_is_lost(
    session: Session, monitor: Monitor
) -> None:
    token = in_the_clear(session, monitor)
    with pytest.raises(VaultError):
        seal(session, monitor, ring=KeyRing.parse(K2))
    assert ping(session, monitor, 0)
    assert known(session, monitor).token == token
