"""A monitor that uses up its allowed downtime is told once an episode, and again if it gets faster."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Outcome
from models import (
    BurnRate,
    Delivery,
    Monitor,
    MonitorContactGroup,
    Schedule,
    Slo,
    SloContactGroup,
)
from services.heartbeats import receiver_uptime
from services.monitors import monitors
from services.outbox import wakes
from services.slos import slos, status
from services.slos.values import SloChanges
from services.warnings import slo_burn
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.factories.slos import slo
from tests.services.outage import EMAIL, NOW, notify
from tests.services.planned import plan
from tests.services.subscribing import posted, subscribe
from tests.services.woken import woken_by

BEGAN = NOW - timedelta(days=40)


def shop(session: Session, **values: object) -> Monitor:
    """Watch a monitor with an objective of 99.9 % for long enough."""
    monitor = make.monitor(session, organization(session).id, now=BEGAN)
    slo(session, monitor, **values)
    notify(session, monitor, EMAIL)
    return monitor


def burn(session: Session) -> BurnRate | None:
    return session.scalars(select(BurnRate)).one_or_none()


def down(session: Session, monitor: Monitor, start: float, end: float | None) -> None:
    """Let it have been down from so many minutes after `NOW` on, until others or until now."""
    ended_at = None if end is None else NOW + timedelta(minutes=end)
    make.incident(session, monitor, started_at=NOW + timedelta(minutes=start), ended_at=ended_at)


def sweep(session: Session, minutes: float) -> None:
    slo_burn.sweep(session, now=NOW + timedelta(minutes=minutes))
    session.flush()


def notified(session: Session) -> list[tuple[float, str]]:
    rows = session.scalars(
        select(Delivery).where(Delivery.event == AlertEvent.BURN_RATE).order_by(Delivery.id)
    )
    return [
        ((row.created_at - NOW) / timedelta(minutes=1), row.dedup_key.rpartition("/")[2])
        for row in rows
    ]


def test_an_episode_is_told_once_however_long_it_lasts(session: Session) -> None:
    down(session, shop(session), 0, 30)
    for minutes in range(0, 120, 5):
        sweep(session, minutes)
    assert notified(session) == [(5, "14.4")]


def test_the_message_says_how_fast_and_what_is_left(session: Session) -> None:
    down(session, shop(session), 0, 10)
    sweep(session, 6)
    facts = session.scalars(select(Delivery)).one().facts
    assert "1 h" in facts["cause"]
    assert "100.0 times" in facts["cause"]
    assert facts["facts"] == [
        ["SLO", "SLO of Shop"],
        ["Objective", "99.9 % over 30 days"],
        ["Error budget used", "6 min of 43 min 12 s"],
    ]


def test_an_episode_that_gets_faster_is_told_again(session: Session) -> None:
    monitor = shop(session)
    down(session, monitor, -5 * 60, -5 * 60 + 6)
    sweep(session, 0)
    down(session, monitor, 10, 20)
    sweep(session, 20)
    sweep(session, 40)
    assert notified(session) == [(0, "1.0"), (20, "14.4")]


def test_the_next_episode_is_told_when_the_last_one_was_over(session: Session) -> None:
    monitor = shop(session)
    down(session, monitor, 0, 10)
    sweep(session, 10)
    sweep(session, 8 * 60)
    assert burn(session) is None
    down(session, monitor, 9 * 60, 9 * 60 + 10)
    sweep(session, 9 * 60 + 10)
    assert notified(session) == [(10, "14.4"), (9 * 60 + 10, "14.4")]


def test_who_has_no_objective_or_none_any_more_is_told_nothing(session: Session) -> None:
    unwatched = make.monitor(session, organization(session).id, now=BEGAN)
    down(session, unwatched, 0, None)
    deleted = shop(session)
    down(session, deleted, 0, 30)
    monitors.delete(session, deleted.organization_id, deleted.public_id, now=NOW)
    sweep(session, 30)
    assert notified(session) == []


def test_maintenance_uses_up_nothing(session: Session) -> None:
    monitor = shop(session)
    plan(session, monitor, start=0, minutes=60, now=-5)
    down(session, monitor, 0, None)
    sweep(session, 59)
    assert notified(session) == []
    sweep(session, 62)
    assert notified(session) == [(62, "14.4")]


def test_what_nobody_could_tell_uses_up_nothing(session: Session) -> None:
    monitor = shop(session)
    for minute in range(30):
        slot = int(NOW.timestamp()) + 60 * minute
        make.check(session, monitor, slot, Outcome.UNKNOWN)
    down(session, monitor, 0, None)
    sweep(session, 30)
    assert notified(session) == []


def test_what_nobody_watched_uses_up_nothing(session: Session) -> None:
    monitor = shop(session)
    for span in session.scalars(select(Schedule).where(Schedule.monitor_id == monitor.id)):
        span.until_slot = int(NOW.timestamp()) - 3600
    down(session, monitor, 0, 30)
    sweep(session, 30)
    assert notified(session) == []


def test_another_objective_begins_anew(session: Session) -> None:
    monitor = shop(session)
    down(session, monitor, 0, 10)
    sweep(session, 10)
    [slo_id] = session.scalars(select(Slo.public_id))
    changes: SloChanges = {"target_percent": 99.5, "rolling_days": 7}
    now = NOW + timedelta(minutes=10)
    slos.change(session, monitor.organization_id, slo_id, changes, now=now)
    sweep(session, 11)
    assert [factor for _, factor in notified(session)] == ["14.4", "14.4"]


def test_integrators_hear_of_it_too(session: Session) -> None:
    monitor = shop(session)
    subscribe(session, monitor.organization_id, "slo.*")
    down(session, monitor, 0, 10)
    for minutes in (6, 8):
        sweep(session, minutes)
    [posting] = posted(session)
    assert posting["data"]["burn_rate"] == 100
    about = posting["data"]["slo"]
    assert (about["target_percent"], about["rolling_days"], about["calendar"]) == (99.9, 30, None)
    assert posting["data"]["monitor"]["name"] == monitor.name
    assert posting["data"]["long_window_seconds"] == 3600


def test_a_sweep_goes_on_where_it_stopped(session: Session) -> None:
    for _ in range(3):
        down(session, shop(session), 0, None)
    now: datetime = NOW + timedelta(minutes=10)
    go_on_after = slo_burn.sweep(session, now=now, limit=2)
    assert go_on_after is not None
    assert len(wakes.take(session)) == 2
    assert slo_burn.sweep(session, now=now, after=go_on_after, limit=2) is None
    assert len(wakes.take(session)) == 1


def test_invariant_10_a_sweep_that_is_killed_is_made_up_for_and_two_at_once_tell_once(
    committed: Engine,
) -> None:
    now = NOW + timedelta(minutes=10)
    with Session(committed) as session:
        down(session, shop(session), 0, None)
        session.commit()
    with Session(committed) as killed:
        assert len(woken_by(killed, slo_burn.sweep, now=now)) == 1
    with Session(committed) as one, Session(committed) as other:
        assert len(woken_by(one, slo_burn.sweep, now=now)) == 1
        assert woken_by(other, slo_burn.sweep, now=now) == []
        one.commit()
        assert woken_by(other, slo_burn.sweep, now=now) == []


def test_a_note_that_pings_can_be_taken_keeps_no_sweep_from_looking_nor_the_other_way_round(
    committed: Engine,
) -> None:
    now = NOW + timedelta(minutes=10)
    with Session(committed) as session:
        down(session, shop(session), 0, None)
        session.commit()
    with Session(committed) as noting, Session(committed) as sweeping:
        receiver_uptime.note(noting, now=now)
        assert len(woken_by(sweeping, slo_burn.sweep, now=now)) == 1
        noting.rollback()
        receiver_uptime.note(noting, now=now)
        noting.commit()
        assert receiver_uptime.known_until(noting, now=now) == now


def test_the_alert_and_the_status_say_the_same(session: Session) -> None:
    monitor = shop(session)
    down(session, monitor, 0, 10)
    sweep(session, 6)
    row = burn(session)
    assert row is not None
    [one] = session.scalars(select(Slo))
    found = status.of(session, one.organization_id, [one], now=NOW + timedelta(minutes=6))[one.id]
    assert (found.budget.used, round(found.budget.total)) == (360, 2592)
    assert (row.since, row.factor) == (NOW + timedelta(minutes=6), 14.4)
    exceeded = next(each for each in found.burn_rates if each.is_exceeded)
    assert exceeded.rule.factor == row.factor


def group_of(session: Session, monitor: Monitor, objective: Slo) -> None:
    """Let the group of a monitor hear of an SLO of several monitors."""
    [key] = session.scalars(
        select(MonitorContactGroup.contact_group_id).where(
            MonitorContactGroup.monitor_id == monitor.id
        )
    )
    owner = monitor.organization_id
    session.add(SloContactGroup(slo_id=objective.id, contact_group_id=key, organization_id=owner))
    session.flush()


@pytest.mark.parametrize("tag", ["shop", None])
def test_an_slo_of_several_monitors_tells_its_own_groups_once_about_all_of_them(
    session: Session, tag: str | None
) -> None:
    owner = organization(session).id
    few = [make.monitor(session, owner, now=BEGAN, name=each, tags=["shop"]) for each in "ab"]
    notify(session, few[0], EMAIL)
    group_of(session, few[0], slo(session, organization_id=owner, tag=tag))
    # Half of the seconds of two monitors are down: so it takes twice as long.
    down(session, few[0], 0, None)
    for minutes in (1, 2, 20):
        sweep(session, minutes)
    assert notified(session) == [(2, "14.4")]
    facts = session.scalars(select(Delivery.facts)).one()
    assert facts["headline"] == "Error budget of SLO of all burning fast"
    down(session, few[1], 21, None)
    sweep(session, 22)
    assert len(notified(session)) == 1


def test_an_slo_of_latency_tells_of_slow_checks_and_of_no_failed_ones(session: Session) -> None:
    monitor = shop(session, indicator="latency", threshold_ms=200, target_percent=90)
    for minute in range(60):
        slot = int(NOW.timestamp()) + 60 * minute
        make.check(session, monitor, slot, Outcome.DOWN)
    sweep(session, 60)
    assert notified(session) == []
    for minute in range(60, 120):
        slot = int(NOW.timestamp()) + 60 * minute
        make.check(session, monitor, slot, Outcome.UP, total_us=300_000)
    sweep(session, 120)
    assert notified(session) == [(120, "6.0")]


def test_a_sweep_of_many_slos_makes_as_many_queries_as_of_few(session: Session) -> None:
    owner = organization(session).id
    counts = []
    for size in (2, 40):
        for number in range(size):
            name = f"{size} {number}"
            monitor = make.monitor(session, owner, now=BEGAN, name=name)
            slo(session, monitor, target_percent=50)
            down(session, monitor, -60, -50)
        queries: list[str] = []
        note = partial(_note, queries)
        event.listen(session.connection(), "before_cursor_execute", note)
        sweep(session, 0)
        event.remove(session.connection(), "before_cursor_execute", note)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def _note(queries: list[str], *args: object) -> None:
    queries.append(str(args[2]))


def test_a_sweep_takes_some_at_a_time_and_goes_on(session: Session) -> None:
    owner = organization(session).id
    for number in range(4):
        slo(session, organization_id=owner, name=str(number))
    down(session, make.monitor(session, owner, now=BEGAN), 0, None)
    now = NOW + timedelta(minutes=10)
    after = slo_burn.sweep(session, now=now, limit=3)
    assert after is not None
    assert len(session.scalars(select(BurnRate)).all()) == 3
    assert slo_burn.sweep(session, now=now, after=after, limit=3) is None
    assert len(session.scalars(select(BurnRate)).all()) == 4
