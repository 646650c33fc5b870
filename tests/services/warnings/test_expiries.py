"""What runs out is told by time, once for each certificate and threshold, to the monitor's people."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Outcome
from domain.expiry import Expiry as Seen
from domain.expiry import Subject
from models import Delivery
from probes.base import ProbeResult
from services.checks import record as check_record
from services.evaluation.results import Observed
from services.warnings import expiries
from tests.services.outage import EMAIL, NOW, SMS
from tests.services.running_out import CERTIFICATE, after, notified, see, shop, sweep_daily
from tests.services.subscribing import posted, subscribe
from tests.services.woken import woken_by


def test_each_threshold_is_told_once_as_time_goes_by(session: Session) -> None:
    see(session, shop(session, EMAIL), 31)
    sweep_daily(session, 40)
    assert notified(session) == [("30", 1), ("14", 17), ("7", 24), ("3", 28), ("1", 30)]


def test_each_channel_of_the_people_is_told_and_the_message_says_when(session: Session) -> None:
    see(session, shop(session, EMAIL, SMS), 6.5)
    expiries.sweep(session, now=NOW)
    rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [(row.kind, row.address) for row in rows] == [EMAIL, SMS]
    assert rows[0].facts["headline"] == "Certificate expires in 6 days"
    assert "2026-12-01 00:00 UTC" in rows[0].facts["cause"]


@pytest.mark.parametrize(
    ("days", "told"),
    [(6.6, "in 7 days"), (1, "in 1 day"), (0.4, "within 12 hours"), (-0.1, "has expired")],
)
def test_the_headline_says_how_long_it_is_left(session: Session, days: float, told: str) -> None:
    see(session, shop(session, EMAIL), days)
    expiries.sweep(session, now=NOW)
    row = session.scalars(select(Delivery)).one()
    assert row.facts["headline"].startswith("Certificate ")
    assert row.facts["headline"].endswith(told)


def test_a_monitor_that_comes_late_hears_of_the_closest_threshold_alone(session: Session) -> None:
    see(session, shop(session, EMAIL), 2)
    sweep_daily(session, 3)
    assert notified(session) == [("3", 0), ("1", 1)]


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
    assert (
        len(woken_by(session, check_record.record, [observed, replace(observed, slot=1)], now=NOW))
        == 1
    )
    assert monitor.id in expiries.of(session, [monitor.id])


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
    check_record.record(session, [observed], now=NOW)
    expiries.sweep(session, now=NOW)
    [event] = posted(session)
    assert (event["type"], event["data"]["days"]) == ("expiry.domain", 14)
    assert event["data"]["expiry"]["identity"] == "2026-12-04"
    cause = session.scalars(select(Delivery).where(Delivery.event == AlertEvent.EXPIRY)).one()
    assert cause.facts["headline"].startswith("Domain registration ")
    assert "2026-12-04" in cause.facts["cause"]
