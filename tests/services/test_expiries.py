"""What runs out is told by time, once for each certificate and threshold, to the monitor's people."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from domain.expiry import Expiry as Seen
from domain.expiry import Subject
from domain.outcome import Outcome
from models import Delivery, Expiry, Monitor, MonitorState
from probes.base import ProbeResult
from services import checks, expiries, monitors
from services.results import Observed
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, NOW, SMS, tell
from tests.services.subscribing import posted, subscribe

CERTIFICATE = "c1"


def shop(session: Session, *channels: tuple[str, str], **values: object) -> Monitor:
    monitor = make.monitor(session, organization(session).id, now=NOW, **values)
    if channels:
        tell(session, monitor, *channels)
    return monitor


def see(
    session: Session,
    monitor: Monitor,
    days_left: float,
    *,
    identity: str = CERTIFICATE,
    now: datetime = NOW,
    version: int = 1,
) -> None:
    """Let a check of the monitor find a certificate that lasts so many days from `NOW` on."""
    expiry = Seen(Subject.CERTIFICATE, NOW + timedelta(days=days_left), identity)
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=int(now.timestamp()),
        version=version,
        result=ProbeResult(outcome=Outcome.UP, http_status=200, expiry=expiry),
    )
    checks.record(session, [observed], now=now)


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


def told(session: Session) -> list[tuple[str, float]]:
    """Return the threshold of each message, in the order of writing, and when it was written."""
    rows = session.scalars(select(Delivery).order_by(Delivery.id))
    return [
        (row.about.rpartition("/")[2], round((row.created_at - NOW) / timedelta(days=1), 2))
        for row in rows
        if row.event is AlertEvent.EXPIRY
    ]


def sweep_daily(session: Session, days: int) -> None:
    for hour in range(days * 24):
        expiries.sweep(session, now=NOW + timedelta(hours=hour))


def test_each_threshold_is_told_once_as_time_goes_by(session: Session) -> None:
    see(session, shop(session, EMAIL), 31)
    sweep_daily(session, 40)
    assert told(session) == [("30", 1), ("14", 17), ("7", 24), ("3", 28), ("1", 30)]


def test_each_channel_of_the_people_is_told_and_the_message_says_when(session: Session) -> None:
    see(session, shop(session, EMAIL, SMS), 6.5)
    expiries.sweep(session, now=NOW)
    rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [(row.kind, row.address) for row in rows] == [EMAIL, SMS]
    assert rows[0].facts["cause"] == (
        "The certificate expires on 2026-12-01 00:00 UTC, in 6.5 days."
    )


def test_a_monitor_that_comes_late_hears_of_the_closest_threshold_alone(session: Session) -> None:
    see(session, shop(session, EMAIL), 2)
    sweep_daily(session, 3)
    assert told(session) == [("3", 0), ("1", 1)]


def test_a_new_certificate_begins_from_the_beginning(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 2)
    expiries.sweep(session, now=NOW)
    see(session, monitor, 92, identity="c2", now=after(0.5))
    expiries.sweep(session, now=after(1.5))
    expiries.sweep(session, now=after(62.5))
    assert told(session) == [("3", 0), ("30", 62.5)]


def test_two_certificates_in_turn_are_told_once_each(session: Session) -> None:
    monitor = shop(session, EMAIL)
    for hour in range(6):
        now = NOW + timedelta(hours=hour)
        see(session, monitor, 10, identity=f"c{hour % 2}", now=now)
        expiries.sweep(session, now=now)
    assert [days for days, _ in told(session)] == ["14", "14"]


def test_who_is_added_while_two_take_turns_is_not_told_what_others_were(session: Session) -> None:
    monitor = shop(session, EMAIL)
    for hour in range(6):
        now = NOW + timedelta(hours=hour)
        see(session, monitor, 10, identity=f"c{hour % 2}", now=now)
        expiries.sweep(session, now=now)
        if hour == 2:
            tell(session, monitor, SMS)
    assert set(session.scalars(select(Delivery.address))) == {EMAIL[1]}
    assert len(told(session)) == 2


def test_seeing_the_same_one_again_changes_nothing_but_the_moment(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 10)
    expiries.sweep(session, now=NOW)
    see(session, monitor, 10, now=after(0.1))
    [row] = expiries.of(session, [monitor.id])[monitor.id]
    assert (row.seen_at, row.told_days, row.next_at) == (after(0.1), 14, after(3))


def test_what_an_older_version_of_the_monitor_saw_is_not_its(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 2, version=0)
    assert expiries.of(session, [monitor.id]) == {}


def test_who_looks_at_another_site_forgets_the_old_certificate(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 2)
    owner = monitor.organization_id
    monitors.change(session, owner, monitor.public_id, {"name": "Store"}, now=NOW)
    assert monitor.id in expiries.of(session, [monitor.id])
    elsewhere = {"url": "https://other.test/"}
    monitors.change(session, owner, monitor.public_id, elsewhere, now=NOW)
    assert expiries.of(session, [monitor.id]) == {}


def test_other_thresholds_count_from_the_next_sweep_on(session: Session) -> None:
    monitor = shop(session, EMAIL, expiry_days=[])
    see(session, monitor, 50)
    sweep_daily(session, 1)
    assert told(session) == []
    changes = {"expiry_days": [60, 5, 60]}
    view = monitors.change(
        session, monitor.organization_id, monitor.public_id, changes, now=after(1)
    )
    assert view.monitor.expiry_days == [60, 5]
    expiries.sweep(session, now=after(1))
    assert told(session) == [("60", 1)]


def test_people_who_are_added_hear_within_the_hour(session: Session) -> None:
    monitor = shop(session)
    see(session, monitor, 10)
    expiries.sweep(session, now=NOW)
    tell(session, monitor, EMAIL)
    expiries.sweep(session, now=NOW + timedelta(hours=1))
    assert [days for days, _ in told(session)] == ["14"]


def test_nothing_is_told_of_a_paused_or_deleted_monitor(session: Session) -> None:
    paused, deleted = shop(session, EMAIL, paused=True), shop(session, EMAIL)
    for monitor in (paused, deleted):
        session.get_one(MonitorState, monitor.id).last_slot = 0
        see(session, monitor, 2)
    monitors.delete(session, deleted.organization_id, deleted.public_id, now=NOW)
    sweep_daily(session, 1)
    assert told(session) == []
    monitors.change(session, paused.organization_id, paused.public_id, {"paused": False}, now=NOW)
    expiries.sweep(session, now=after(1))
    assert [days for days, _ in told(session)] == ["1"]


def test_an_outage_and_what_runs_out_are_noted_by_the_same_check(session: Session) -> None:
    monitor = shop(session, EMAIL, confirmations=1)
    expiry = Seen(Subject.CERTIFICATE, after(2), CERTIFICATE)
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=int(NOW.timestamp()),
        version=1,
        result=ProbeResult(outcome=Outcome.DOWN, detail="Answered 500.", expiry=expiry),
    )
    assert len(checks.record(session, [observed, replace(observed, slot=1)], now=NOW)) == 1
    assert monitor.id in expiries.of(session, [monitor.id])


def test_invariant_10_a_sweep_that_is_killed_tells_nothing_and_the_next_one_tells_once(
    committed: Engine,
) -> None:
    with Session(committed) as session:
        see(session, shop(session, EMAIL), 2)
        session.commit()
    with Session(committed) as killed:
        assert len(expiries.sweep(killed, now=NOW).deliveries) == 1
    with Session(committed) as session:
        assert len(expiries.sweep(session, now=NOW).deliveries) == 1
        session.commit()
        assert expiries.sweep(session, now=NOW).deliveries == []
        assert len(session.scalars(select(Delivery)).all()) == 1


def test_two_sweeps_at_once_tell_once_and_do_not_wait_for_each_other(committed: Engine) -> None:
    with Session(committed) as session:
        see(session, shop(session, EMAIL), 2)
        session.commit()
    with Session(committed) as one, Session(committed) as other:
        assert len(expiries.sweep(one, now=NOW).deliveries) == 1
        assert expiries.sweep(other, now=NOW).deliveries == []
        one.commit()
        assert expiries.sweep(other, now=NOW).deliveries == []


def test_a_sweep_takes_some_at_a_time_and_says_that_there_is_more(session: Session) -> None:
    for _ in range(3):
        see(session, shop(session, EMAIL), 2)
    assert expiries.sweep(session, now=NOW, limit=2).more
    assert not expiries.sweep(session, now=NOW, limit=2).more
    assert session.scalars(select(Expiry.told_days)).all() == [3, 3, 3]


def test_one_that_only_some_servers_have_is_told_though_another_is_seen_right_after_it(
    session: Session,
) -> None:
    monitor = shop(session, EMAIL)
    for hour in range(0, 24 * 5, 6):
        now = NOW + timedelta(hours=hour)
        see(session, monitor, 10, identity="old", now=now)
        see(session, monitor, 90, identity="new", now=now + timedelta(seconds=1))
        expiries.sweep(session, now=now + timedelta(seconds=60))
    assert told(session) == [("14", 0.25), ("7", 3)]


def test_one_that_is_renewed_in_a_pause_is_not_told_before_the_next_look(session: Session) -> None:
    monitor = shop(session, EMAIL, interval_seconds=3600)
    owner = monitor.organization_id
    see(session, monitor, 20)
    expiries.sweep(session, now=NOW)
    monitors.change(session, owner, monitor.public_id, {"paused": True}, now=after(1))
    monitors.change(session, owner, monitor.public_id, {"paused": False}, now=after(8))
    for minutes in range(0, 115, 5):
        expiries.sweep(session, now=after(8) + timedelta(minutes=minutes))
    assert told(session) == [("30", 0)]
    see(session, monitor, 98, identity="c2", now=after(8) + timedelta(minutes=115))
    expiries.sweep(session, now=after(9))
    assert told(session) == [("30", 0)]


def test_one_that_nobody_sees_again_after_a_pause_is_told_all_the_same(session: Session) -> None:
    monitor = shop(session, EMAIL, interval_seconds=3600)
    owner = monitor.organization_id
    see(session, monitor, 20)
    expiries.sweep(session, now=NOW)
    monitors.change(session, owner, monitor.public_id, {"paused": True}, now=after(1))
    monitors.change(session, owner, monitor.public_id, {"paused": False}, now=after(8))
    for minutes in range(125):
        expiries.sweep(session, now=after(8) + timedelta(minutes=minutes))
    assert [days for days, _ in told(session)] == ["30", "14"]
    assert told(session)[1][1] == 8.08


def test_workers_tell_what_runs_out_with_the_rights_they_have(session: Session) -> None:
    monitor = shop(session, EMAIL)
    subscribe(session, monitor.organization_id)
    session.flush()
    session.execute(text("SET LOCAL ROLE downtime_checks"))
    see(session, monitor, 90)
    see(session, monitor, 10, identity="c2", now=after(0.1))
    session.execute(text("SET LOCAL ROLE downtime_maintenance"))
    expiries.sweep(session, now=after(4))
    assert [days for days, _ in told(session)] == ["14", "7"]


def test_one_that_ended_before_any_day_there_is_keeps_no_other_from_being_told(
    session: Session,
) -> None:
    strange, usual = shop(session, EMAIL), shop(session, EMAIL)
    ended = datetime(1, 1, 1, tzinfo=UTC)
    see(session, strange, (ended - NOW) / timedelta(days=1))
    see(session, usual, 10)
    expiries.sweep(session, now=NOW)
    assert [days for days, _ in told(session)] == ["1", "14"]


def test_integrators_hear_of_a_domain_too(session: Session) -> None:
    monitor = shop(session, EMAIL)
    subscribe(session, monitor.organization_id, "expiry.domain")
    ends = Seen(Subject.DOMAIN, after(10), "2026-12-04")
    observed = Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=int(NOW.timestamp()),
        version=1,
        result=ProbeResult(outcome=Outcome.UP, expiry=ends),
    )
    checks.record(session, [observed], now=NOW)
    expiries.sweep(session, now=NOW)
    [event] = posted(session)
    assert (event["type"], event["data"]["days"]) == ("expiry.domain", 14)
    assert event["data"]["expiry"]["identity"] == "2026-12-04"
    cause = session.scalars(select(Delivery).where(Delivery.event == AlertEvent.EXPIRY)).one()
    assert cause.facts["cause"].startswith("The registration of the domain expires on 2026-12-04")
