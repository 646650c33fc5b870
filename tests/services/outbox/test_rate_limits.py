"""Paces: what is too much for a channel waits its turn and is not lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ChannelRateLimit, Monitor
from models.delivery import DeliveryState
from services.outbox import deliveries, rate_limits
from services.outbox.recipients import Destination
from services.relay.claims import due
from tests.services.outage import EMAIL, NOW, SMS, beside, broken, watched
from tests.services.relaying import accept, relay_settings, seconds, send, state_of, take

SLOW = relay_settings(per_minute={"email": 3, "other": 60}, burst=100)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watched(session)


def written(session: Session, monitor: Monitor, count: int, to: tuple[str, str]) -> list[int]:
    return [
        deliveries.record_opening(
            session, broken(session, beside(session, monitor)), [Destination(*to)], now=NOW
        )[0]
        for _ in range(count)
    ]


def test_what_is_too_much_for_a_minute_waits_and_all_of_it_is_sent(
    session: Session, monitor: Monitor
) -> None:
    ids = written(session, monitor, 7, EMAIL)
    now = NOW
    sent: list[datetime] = []
    while len(sent) < 7:
        for each in due(session, now=now, limit=99):
            claimed = take(session, each, now, by=SLOW)
            if claimed:
                accept(session, claimed, now, by=SLOW)
                sent.append(now)
        now += timedelta(seconds=1)
    assert [(each - NOW).total_seconds() for each in sent] == [0, 0, 0, 20, 40, 60, 80]
    assert {state_of(session, each) for each in ids} == {DeliveryState.SENT}


def test_each_kind_has_its_pace_and_each_address_its_own(
    session: Session, monitor: Monitor
) -> None:
    mails = written(session, monitor, 4, EMAIL)
    others = [
        *written(session, monitor, 10, SMS),
        *written(session, monitor, 2, ("email", "bob@example.org")),
        *written(session, watched(session), 2, EMAIL),
    ]
    for each in (*mails[:3], *others):
        send(session, each, by=SLOW)
    assert take(session, mails[3], by=SLOW) is None
    assert state_of(session, mails[3]) is DeliveryState.PENDING


def test_what_waits_for_the_pace_goes_together_with_what_comes_meanwhile(
    session: Session, monitor: Monitor
) -> None:
    by = relay_settings(per_minute={"email": 1, "other": 60}, burst=1)
    ids = written(session, monitor, 4, EMAIL)
    send(session, ids[0], seconds(55), by=by)
    assert take(session, ids[1], seconds(60), by=by) is None
    ids += written(session, monitor, 1, EMAIL)
    digest = send(session, ids[-1], seconds(115), by=by)
    assert len(digest.alert.parts) == 4
    assert {state_of(session, each) for each in ids} == {DeliveryState.SENT, DeliveryState.MERGED}


def test_the_pace_of_a_channel_that_rested_for_a_day_is_forgotten(
    session: Session, monitor: Monitor
) -> None:
    for each in written(session, monitor, 2, EMAIL):
        send(session, each, by=SLOW)
    rate_limits.forget(session, now=NOW + timedelta(hours=23))
    assert len(session.scalars(select(ChannelRateLimit)).all()) == 1
    rate_limits.forget(session, now=NOW + timedelta(hours=25))
    assert session.scalars(select(ChannelRateLimit)).all() == []
