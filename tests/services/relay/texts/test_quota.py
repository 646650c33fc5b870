"""Texts and calls are counted by the month, and there are no more of them than the quota."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.alerting.alert import Alert, AlertEvent
from models import Monitor, TextUsage
from models.delivery import DeliveryState
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay.claims import LEASE
from services.relay.texts import quota as text_quota
from tests.services.outage import EMAIL, NOW, SMS, beside, broken, owner_of, watched
from tests.services.relaying import (
    BUSY,
    REFUSED,
    accept,
    fail,
    of_event,
    relay_settings,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
)

CALL = ("voice", SMS[1])
TEN = relay_settings(text_quota=10, burst=100)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    monitor = watched(session)
    owner_of(session, monitor.organization_id, "ada@example.org")
    return monitor


def written(
    session: Session, monitor: Monitor, *, to: tuple[str, str] = SMS, now: datetime = NOW
) -> int:
    incident = broken(session, beside(session, monitor))
    return deliveries.record_opening(session, incident, [Destination(*to)], now=now)[0]


def used(session: Session) -> dict[str, int]:
    rows = session.scalars(select(TextUsage).execution_options(populate_existing=True))
    return {f"{usage.month:%Y-%m}": usage.segments for usage in rows}


def notices(session: Session) -> list[str]:
    return [str(each.facts["headline"]) for each in of_event(session, AlertEvent.QUOTA)]


def test_each_text_counts_by_its_segments_and_mails_count_nothing(
    session: Session, monitor: Monitor
) -> None:
    text = send(session, written(session, monitor), by=TEN).alert
    send(session, written(session, monitor, to=EMAIL), by=TEN)
    assert used(session) == {"2026-11": text_quota.segments_of("sms", text)}


def test_a_call_counts_once_and_a_chat_not_at_all() -> None:
    alert = Alert(key="k", outage_key="k", event=AlertEvent.TEST)
    counts = {kind: text_quota.segments_of(kind, alert) for kind in ("voice", "sms", "slack")}
    assert counts == {"voice": 1, "sms": 1, "slack": 0}


def test_only_what_was_accepted_counts_and_only_once(session: Session, monitor: Monitor) -> None:
    delivery_id = written(session, monitor)
    fail(session, taken(session, delivery_id, by=TEN), BUSY)
    assert used(session) == {"2026-11": 0}
    claimed = taken(session, delivery_id, NOW + timedelta(seconds=10), by=TEN)
    accept(session, claimed, NOW + timedelta(seconds=11), by=TEN)
    once = used(session)
    accept(session, claimed, NOW + timedelta(seconds=12), by=TEN)
    assert used(session) == once != {"2026-11": 0}


def spend(session: Session, monitor: Monitor, segments: int) -> None:
    session.add(
        TextUsage(
            organization_id=monitor.organization_id,
            month=NOW.date().replace(day=1),
            segments=segments,
        )
    )
    session.flush()


def test_the_owners_are_told_once_when_four_fifths_and_when_all_are_used(
    session: Session, monitor: Monitor
) -> None:
    spend(session, monitor, 7)
    each = 1
    for _ in range(5):
        claimed = take(session, written(session, monitor, to=CALL), by=TEN)
        if claimed:
            accept(session, claimed, by=TEN)
    assert used(session) == {"2026-11": 9 + each}
    assert notices(session) == ["Text quota 80 % used", "Text quota used up"]
    to_owner = of_event(session, AlertEvent.QUOTA)[0]
    assert (to_owner.kind, to_owner.address) == ("email", "ada@example.org")


def test_two_relays_do_not_pass_the_quota_together(session: Session, monitor: Monitor) -> None:
    spend(session, monitor, 9)
    first, second = (written(session, monitor, to=CALL) for _ in range(2))
    claimed = taken(session, first, by=TEN)
    assert take(session, second, by=TEN) is None
    assert state_of(session, second) is DeliveryState.PENDING, "the first may give its place back"
    accept(session, claimed, by=TEN)
    assert take(session, second, seconds(5), by=TEN) is None
    assert state_of(session, second) is DeliveryState.DEAD
    assert used(session) == {"2026-11": 10}


def test_a_place_that_was_not_used_goes_to_the_next(session: Session, monitor: Monitor) -> None:
    spend(session, monitor, 9)
    first, second = (written(session, monitor, to=CALL) for _ in range(2))
    claimed = taken(session, first, by=TEN)
    assert take(session, second, by=TEN) is None
    fail(session, claimed, BUSY)
    send(session, second, seconds(5), by=TEN)
    assert used(session) == {"2026-11": 10}
    assert len(notices(session)) == 1


def test_texts_that_wait_together_for_a_place_are_all_told_with_what_came_meanwhile(
    session: Session, monitor: Monitor
) -> None:
    ids = [written(session, monitor) for _ in range(4)]
    send(session, ids[0], by=relay_settings(burst=1))
    by = relay_settings(text_quota=used(session)["2026-11"] + 1, burst=1)
    call = taken(session, written(session, monitor, to=CALL), seconds(60), by=by)
    assert take(session, ids[1], seconds(60), by=by) is None, "the call has the last place"
    ids += [written(session, monitor) for _ in range(2)]
    fail(session, call, REFUSED, seconds(61))
    claimed = send(session, ids[-1], seconds(66), by=relay_settings(burst=1))
    assert len(claimed.alert.parts) == 5
    assert {state_of(session, each) for each in ids} == {DeliveryState.SENT, DeliveryState.MERGED}


def test_a_relay_that_died_keeps_its_place_since_the_text_may_have_arrived(
    session: Session, monitor: Monitor
) -> None:
    spend(session, monitor, 8)
    delivery_id = written(session, monitor, to=CALL)
    taken(session, delivery_id, by=TEN)
    send(session, delivery_id, NOW + LEASE, by=TEN)
    assert used(session) == {"2026-11": 10}


def test_the_second_at_the_last_place_waits_for_the_first_to_commit(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        monitor = watched(session)
        spend(session, monitor, 9)
        calls = [written(session, monitor, to=("voice", f"+4930123456{n}")) for n in range(2)]
    with Session(committed) as one, Session(committed) as other:
        assert take(one, calls[0], by=TEN) is not None
        other.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            take(other, calls[1], by=TEN)


def test_for_another_quota_the_owners_are_told_again(session: Session, monitor: Monitor) -> None:
    spend(session, monitor, 9)
    send(session, written(session, monitor, to=CALL), by=TEN)
    twelve = relay_settings(text_quota=12, burst=100)
    for _ in range(2):
        send(session, written(session, monitor, to=CALL), by=twelve)
    assert notices(session) == ["Text quota used up", "Text quota 80 % used", "Text quota used up"]
    quotas = [row.facts["cause"] for row in of_event(session, AlertEvent.QUOTA)]
    assert ["10 " in quotas[0], *("12 " in each for each in quotas[1:])] == [True] * 3


def test_over_the_quota_a_text_is_a_dead_letter_with_its_cause_and_mail_goes_on(
    session: Session, monitor: Monitor
) -> None:
    spend(session, monitor, 10)
    text, mail = written(session, monitor), written(session, monitor, to=EMAIL)
    assert take(session, text, by=TEN) is None
    delivery = row(session, text)
    assert delivery.state is DeliveryState.DEAD
    assert delivery.last_error == "The quota of 10 text messages for this month is used up."
    send(session, mail, by=TEN)
    assert state_of(session, mail) is DeliveryState.SENT


def test_the_notice_comes_with_the_first_refusal_if_no_text_fits_any_more(
    session: Session, monitor: Monitor
) -> None:
    spend(session, monitor, 10)
    take(session, written(session, monitor), by=TEN)
    take(session, written(session, monitor), by=TEN)
    assert len(notices(session)) == 1


def test_each_month_begins_anew(session: Session, monitor: Monitor) -> None:
    spend(session, monitor, 10)
    december = datetime(2026, 12, 1, tzinfo=UTC)
    send(session, written(session, monitor, now=december), december, by=TEN)
    assert set(used(session)) == {"2026-11", "2026-12"}


def test_without_a_quota_texts_are_counted_and_none_is_refused(
    session: Session, monitor: Monitor
) -> None:
    spend(session, monitor, 10_000)
    send(session, written(session, monitor))
    assert used(session)["2026-11"] > 10_000
    assert notices(session) == []


def test_the_quota_is_that_of_one_organization(session: Session, monitor: Monitor) -> None:
    spend(session, monitor, 10)
    other = watched(session)
    send(session, written(session, other), by=TEN)
