"""What happens is written for who subscribed, in the transaction of what happened."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from domain.expiry import Expiry as Seen
from domain.expiry import Subject
from models import Delivery, Incident, Monitor, Organization
from probes.base import ProbeResult
from services.alerting import acknowledgements
from services.alerting.acknowledgements import Actor
from services.checks import record as check_record
from services.evaluation.results import Observed
from services.events.emit import PATTERNS, matches
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.changes import MonitorChanges
from services.schedules import regions
from services.subscriptions import subscriptions
from services.warnings import expiries
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, NOW, notify, owner_of
from tests.services.relaying import GONE, REFUSED, fail, taken
from tests.services.subscribing import posted, subscribe, types

DOWN = ProbeResult(outcome=Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500.")
DEGRADED = ProbeResult(outcome=Outcome.DEGRADED, cause=Cause.SLOW, detail="Slow.")
UP = ProbeResult(outcome=Outcome.UP, http_status=200)


@pytest.fixture
def acme(session: Session) -> Organization:
    return organization(session, "Acme")


def watch(session: Session, owner: Organization, **values: object) -> Monitor:
    given = {"confirmations": 1, "flap_changes": None, "alert_on_degraded": True, **values}
    return make.monitor(session, owner.id, now=NOW, **given)


def check(
    session: Session, monitor: Monitor, *results: ProbeResult, region_id: int = 1, start: int = 0
) -> None:
    for number, result in enumerate(results, start):
        observed = Observed(
            organization_id=monitor.organization_id,
            monitor_id=monitor.id,
            region_id=region_id,
            slot=int(NOW.timestamp()) + number,
            version=1,
            result=result,
        )
        check_record.record(session, [observed], now=NOW + timedelta(seconds=number))


def test_a_pattern_is_a_name_all_of_a_noun_or_everything() -> None:
    assert matches(["monitor.*"], "monitor.down")
    assert matches(["*"], "monitor.down")
    assert not matches(["monitor.up", "incident.*"], "monitor.down")
    assert {"*", "monitor.*", "expiry.*", "delivery.failed"} <= set(PATTERNS)


def test_an_outage_is_told_from_its_beginning_to_its_end(
    session: Session, acme: Organization
) -> None:
    monitor = watch(session, acme)
    subscribe(session, acme.id, "monitor.*", "incident.*")
    check(session, monitor, UP, DEGRADED, DOWN, UP)
    notified = posted(session)
    assert types(notified) == [
        "monitor.degraded",
        "incident.opened",
        "incident.closed",
        "monitor.down",
        "incident.opened",
        "incident.closed",
        "monitor.up",
    ]
    assert [each["data"]["incident"]["resolution"] for each in notified] == [
        None,
        None,
        "worsened",
        None,
        None,
        "recovered",
        "recovered",
    ]
    assert notified[0]["data"]["monitor"]["id"] == str(monitor.public_id)
    assert notified[0]["data"]["incident"]["cause"] == "slow"
    assert len({each["id"] for each in notified}) == len(notified)


def test_only_what_was_subscribed_to_is_told(session: Session, acme: Organization) -> None:
    monitor = watch(session, acme)
    subscribe(session, acme.id, "incident.closed")
    check(session, monitor, DOWN, UP)
    assert types(posted(session)) == ["incident.closed"]


def test_invariant_6_nothing_is_told_to_other_organizations(
    session: Session, acme: Organization
) -> None:
    subscribe(session, organization(session).id)
    check(session, watch(session, acme), DOWN, UP)
    assert posted(session) == []


def test_each_subscription_gets_the_event_once_under_the_same_id(
    session: Session, acme: Organization
) -> None:
    subscribe(session, acme.id, "*", "monitor.*", "monitor.down")
    subscribe(session, acme.id, "monitor.down", url="https://other.example/")
    check(session, watch(session, acme), DOWN)
    notified = [each["id"] for each in posted(session) if each["type"] == "monitor.down"]
    assert len(notified) == 2
    assert len(set(notified)) == 1


def test_who_acknowledges_is_told(session: Session, acme: Organization) -> None:
    monitor = watch(session, acme)
    check(session, monitor, DOWN)
    subscribe(session, acme.id, "incident.acknowledged")
    incident = session.scalars(select(Incident)).one()
    for _ in range(2):
        acknowledgements.acknowledge(
            session, acme.id, incident.public_id, by=Actor(name="Ann"), now=NOW
        )
    [event] = posted(session)
    assert event["data"]["incident"]["acknowledged_by"] == "Ann"


def test_what_becomes_of_a_monitor_is_told(session: Session, acme: Organization) -> None:
    subscribe(session, acme.id, "monitor.*", "incident.*")
    monitor = watch(session, acme)
    changes: MonitorChanges = {"name": "Store", "tags": ["eu"], "confirmations": 1}
    monitors.change(session, acme.id, monitor.public_id, changes, now=NOW)
    monitors.change(session, acme.id, monitor.public_id, {"name": "Store"}, now=NOW)
    view = monitor_views.find_locked(session, acme.id, monitor.public_id)
    monitor_lifecycle.pause(session, view, now=NOW)
    monitor_lifecycle.pause(session, view, now=NOW)
    monitors.change(session, acme.id, monitor.public_id, {"paused": False}, now=NOW)
    monitors.delete(session, acme.id, monitor.public_id, now=NOW)
    notified = posted(session)
    assert types(notified) == [
        "monitor.created",
        "monitor.changed",
        "monitor.changed",
        "monitor.changed",
        "monitor.deleted",
    ]
    assert [each["data"]["changes"] for each in notified[1:4]] == [
        ["name", "tags"],
        ["paused"],
        ["paused"],
    ]


def test_a_monitor_that_is_deleted_while_it_is_down_ends_its_incident(
    session: Session, acme: Organization
) -> None:
    monitor = watch(session, acme)
    check(session, monitor, DOWN)
    subscribe(session, acme.id)
    monitors.delete(session, acme.id, monitor.public_id, now=NOW)
    notified = posted(session)
    assert types(notified) == ["incident.closed", "monitor.deleted"]
    assert notified[0]["data"]["incident"]["resolution"] == "monitor_deleted"


def test_a_region_that_sees_an_outage_alone_is_an_advisory_once(
    session: Session, acme: Organization
) -> None:
    north = regions.register(session, "north", now=NOW)
    monitor = watch(session, acme, regions=["default", "north"], quorum=2)
    subscribe(session, acme.id, "monitor.region_down", "monitor.down")
    check(session, monitor, UP)
    check(session, monitor, DOWN, DOWN, region_id=north, start=1)
    [advisory] = posted(session)
    assert (advisory["type"], advisory["data"]["region"]) == ("monitor.region_down", "north")
    assert advisory["data"]["detail"] == "Answered 500."
    check(session, monitor, DOWN, start=4)
    assert types(posted(session)) == ["monitor.region_down", "monitor.down"]


def test_a_message_that_reaches_nobody_is_told_and_an_event_is_not(
    session: Session, acme: Organization
) -> None:
    monitor = watch(session, acme)
    notify(session, monitor, EMAIL)
    check(session, monitor, DOWN)
    subscribe(session, acme.id, "delivery.failed")
    mail = session.scalars(select(Delivery.id)).one()
    fail(session, taken(session, mail), REFUSED)
    [event] = posted(session)
    assert event["data"]["delivery"]["event"] == "down"
    assert event["data"]["delivery"]["address"] == EMAIL[1]
    assert event["data"]["delivery"]["error"] == "The text was refused."
    [row] = session.scalars(select(Delivery).where(Delivery.event == "event"))
    fail(session, taken(session, row.id), REFUSED)
    assert len(posted(session)) == 1


def test_what_runs_out_is_told_once_for_each_threshold(
    session: Session, acme: Organization
) -> None:
    subscribe(session, acme.id, "expiry.*")
    monitor = watch(session, acme)
    for turn in range(4):
        # Two servers behind one name.
        expiry = Seen(Subject.CERTIFICATE, NOW + timedelta(days=10), f"c{turn % 2}")
        check(session, monitor, ProbeResult(outcome=Outcome.UP, expiry=expiry), start=turn)
        expiries.sweep(session, now=NOW + timedelta(minutes=turn))
    notified = posted(session)
    assert types(notified) == ["expiry.certificate"] * 2
    assert {each["data"]["days"] for each in notified} == {14}


def test_a_receiver_that_is_gone_is_disabled_and_the_owners_hear_of_it(
    session: Session, acme: Organization
) -> None:
    owner_of(session, acme.id, "owner@example.test")
    view = subscribe(session, acme.id)
    subscriptions.try_out(session, acme.id, view.subscription.public_id, now=NOW)
    row = session.scalars(select(Delivery)).one()
    fail(session, taken(session, row.id), GONE)
    assert view.channel.disabled_at == NOW
    notice = session.scalars(select(Delivery).where(Delivery.kind == "email")).one()
    assert (notice.event, notice.address) == ("channel_disabled", "owner@example.test")
    watch(session, acme)
    assert types(posted(session)) == ["subscription.test"]
