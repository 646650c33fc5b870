"""A place in the quota of texts: whose it is, who waits for it, and who gets it back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Monitor, TextUsage
from models.delivery import DeliveryState
from services.relay.claims import LEASE, Claimed, due
from tests.services.outage import EMAIL, NOW, SMS, owner_of, watched
from tests.services.relay.texts.test_quota import CALL, TEN, notices, spend, used, written
from tests.services.relaying import (
    BUSY,
    REFUSED,
    accept,
    fail,
    relay_settings,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
)

ALONE = relay_settings(burst=1)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    monitor = watched(session)
    owner_of(session, monitor.organization_id, "ada@example.org")
    return monitor


def test_what_is_refused_after_the_month_is_given_back_to_it_and_to_nobody_else(
    session: Session, monitor: Monitor
) -> None:
    stranger = watched(session)
    spend(session, stranger, 5)
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    late = midnight - timedelta(seconds=1)
    refused, accepted = (written(session, monitor, to=CALL) for _ in range(2))
    claimed = taken(session, refused, late, by=TEN)
    send(session, accepted, midnight, by=TEN)
    fail(session, claimed, REFUSED, midnight + timedelta(seconds=1))
    own = TextUsage.organization_id == monitor.organization_id
    months = session.execute(select(TextUsage.month, TextUsage.segments).where(own)).all()
    assert {month.month: segments for month, segments in months} == {11: 0, 12: 1}
    strangers = select(TextUsage.segments).where(~own)
    assert session.scalars(strangers).all() == [5]


def test_the_first_text_of_a_month_has_to_fit_as_well(session: Session, monitor: Monitor) -> None:
    needed = send(session, written(session, monitor)).alert
    size = used(session)["2026-11"]
    assert needed.event is AlertEvent.DOWN
    december = datetime(2026, 12, 1, tzinfo=UTC)
    too_long, fitting = (written(session, monitor, now=december) for _ in range(2))
    assert take(session, too_long, december, by=relay_settings(text_quota=size - 1)) is None
    assert state_of(session, too_long) is DeliveryState.DEAD
    send(session, fitting, december, by=relay_settings(text_quota=size))


@pytest.mark.parametrize("to", [SMS, CALL])
def test_a_text_waits_while_another_text_or_call_may_leave_it_its_place(
    session: Session, monitor: Monitor, to: tuple[str, str]
) -> None:
    taken(session, written(session, monitor, to=to))
    none_left = relay_settings(text_quota=0)
    waiting = written(session, monitor, to=("voice", "+4930123456"))
    assert take(session, waiting, by=none_left) is None
    assert state_of(session, waiting) is DeliveryState.PENDING
    assert row(session, waiting).next_attempt_at == seconds(5)
    assert take(session, waiting, NOW + LEASE, by=none_left) is None
    assert state_of(session, waiting) is DeliveryState.DEAD, "whose relay died gives nothing back"


def test_no_text_waits_for_a_mail_or_for_a_text_of_somebody_else(
    session: Session, monitor: Monitor
) -> None:
    taken(session, written(session, monitor, to=EMAIL))
    taken(session, written(session, watched(session), to=CALL))
    text = written(session, monitor)
    assert take(session, text, by=relay_settings(text_quota=0)) is None
    assert state_of(session, text) is DeliveryState.DEAD


def test_texts_that_wait_together_are_told_together_when_there_is_a_place(
    session: Session, monitor: Monitor
) -> None:
    ids, call = wait_together(session, monitor)
    fail(session, call, REFUSED, seconds(61))
    assert due(session, now=seconds(64.9), limit=9) == []
    digest = send(session, ids[1], seconds(65), by=ALONE)
    assert len(digest.alert.parts) == 3


def test_texts_that_are_refused_together_are_dead_letters_each(
    session: Session, monitor: Monitor
) -> None:
    ids, call = wait_together(session, monitor)
    accept(session, call, seconds(61))
    by = relay_settings(burst=1, text_quota=0)
    for each in ids[1:]:
        assert take(session, each, seconds(65), by=by) is None
    assert {state_of(session, each) for each in ids[1:]} == {DeliveryState.DEAD}


def test_a_digest_that_may_have_arrived_waits_as_it_is(session: Session, monitor: Monitor) -> None:
    ids, call = wait_together(session, monitor)
    accept(session, call, seconds(61))
    first = taken(session, ids[1], seconds(65), by=ALONE)
    fail(session, first, BUSY, seconds(66))
    taken(session, written(session, monitor, to=CALL), seconds(70))
    assert take(session, ids[1], seconds(80), by=relay_settings(burst=1, text_quota=0)) is None
    again = taken(session, ids[1], seconds(85), by=ALONE)
    assert (again.alert.key, len(again.alert.parts)) == (first.alert.key, 3)


def wait_together(session: Session, monitor: Monitor) -> tuple[list[int], Claimed]:
    """Let the last three of four texts wait together for the place of a call that is under way."""
    ids = [written(session, monitor) for _ in range(4)]
    send(session, ids[0], by=ALONE)
    by = relay_settings(text_quota=used(session)["2026-11"] + 1, burst=1)
    call = taken(session, written(session, monitor, to=CALL), seconds(60), by=by)
    assert take(session, ids[1], seconds(60), by=by) is None
    assert {state_of(session, each) for each in ids[1:]} == {DeliveryState.PENDING}
    return ids, call


def test_a_mail_tells_nobody_of_the_quota_and_each_month_is_told_of_anew(
    session: Session, monitor: Monitor
) -> None:
    spend(session, monitor, 10)
    send(session, written(session, monitor, to=EMAIL), by=TEN)
    assert notices(session) == []
    take(session, written(session, monitor), by=TEN)
    december = datetime(2026, 12, 1, tzinfo=UTC)
    for _ in range(10):
        call = written(session, monitor, to=CALL, now=december)
        send(session, call, december, by=relay_settings(text_quota=10, burst=100))
    full = "Text quota used up"
    assert notices(session) == [full, "Text quota 80 % used", full]
