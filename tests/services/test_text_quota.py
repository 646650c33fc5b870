"""Texts and calls are counted by the month, and there are no more of them than the quota."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alert import Alert, AlertEvent
from models import Monitor, TextUsage
from models.delivery import DeliveryState
from services import deliveries, text_quota
from services.delivery_recipients import Recipient
from tests.services.outage import EMAIL, NOW, SMS, beside, broken, owner_of, watched
from tests.services.relaying import (
    BUSY,
    accept,
    fail,
    of_event,
    row,
    rules,
    send,
    state_of,
    take,
    taken,
)

TEN = rules(text_quota=10, burst=100)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    monitor = watched(session)
    owner_of(session, monitor.organization_id, "ada@example.org")
    return monitor


def written(
    session: Session, monitor: Monitor, *, to: tuple[str, str] = SMS, now: datetime = NOW
) -> int:
    incident = broken(session, beside(session, monitor))
    return deliveries.record_opening(session, incident, [Recipient(*to)], now=now)[0]


def used(session: Session) -> dict[str, int]:
    rows = session.scalars(select(TextUsage).execution_options(populate_existing=True))
    return {f"{usage.month:%Y-%m}": usage.segments for usage in rows}


def notices(session: Session) -> list[str]:
    return [str(each.facts["cause"]) for each in of_event(session, AlertEvent.QUOTA)]


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
    assert used(session) == {}
    claimed = taken(session, delivery_id, NOW + timedelta(seconds=10), by=TEN)
    accept(session, claimed, NOW + timedelta(seconds=11), by=TEN)
    once = used(session)
    accept(session, claimed, NOW + timedelta(seconds=12), by=TEN)
    assert used(session) == once != {}


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
        claimed = take(session, written(session, monitor, to=("voice", SMS[1])), by=TEN)
        if claimed:
            accept(session, claimed, by=TEN)
    assert used(session) == {"2026-11": 9 + each}
    assert notices(session) == [
        "80 % of the 10 text messages of this month are used.",
        "All 10 text messages of this month are used up. Email and other channels go on.",
    ]
    to_owner = of_event(session, AlertEvent.QUOTA)[0]
    assert (to_owner.kind, to_owner.address) == ("email", "ada@example.org")


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
