"""What a message says beside the incident: from where, how often, for how long, in whose time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation import heartbeat
from domain.evaluation.heartbeat import KIND
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import Severity
from models import CheckFailure, CheckResult, Contact, Incident, Monitor, Region
from models.incident import Resolution
from notifiers.wording import wording
from services.incidents import job_output
from tests.services.outage import NOW, broken, end
from tests.services.relaying import notify, seconds, send, taken, tell_more


def check(session: Session, monitor: Monitor, region: Region, *, at: float, **more: Any) -> None:  # noqa: ANN401 - columns
    values = {"outcome": Outcome.DOWN, "cause": Cause.STATUS, "http_status": 503, **more}
    phases = dict.fromkeys(("dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_us"), 0)
    session.add(
        CheckResult(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            region_id=region.id,
            slot=int(seconds(at).timestamp()),
            **phases,
            **values,
        )
    )
    session.flush()


def test_the_failed_checks_that_confirmed_it_are_counted_by_region(
    session: Session, monitor: Monitor, incident: Incident, outage: int
) -> None:
    here, there = (Region(name=name) for name in ("eu-west", "us-east"))
    session.add_all([here, there])
    session.flush()
    check(session, monitor, here, at=-130)  # Before the outage.
    check(session, monitor, here, at=-70, http_status=500)
    check(session, monitor, there, at=-60)
    check(session, monitor, here, at=-30, outcome=Outcome.UP)
    check(session, monitor, there, at=-10)
    check(session, monitor, here, at=50)  # After the confirmation.
    alert = taken(session, outage).alert
    assert (alert.failures, alert.regions, alert.http_status) == (3, ("eu-west", "us-east"), 503)
    assert (alert.cause_code, alert.incident_id) == ("status", str(incident.public_id))
    assert ("Failed checks", "3, from eu-west and us-east") in wording(alert).facts


def test_times_are_those_of_the_contact(session: Session, outage: int) -> None:
    session.scalars(select(Contact)).one().time_zone = "Europe/Berlin"
    alert = taken(session, outage).alert
    assert alert.time_zone == "Europe/Berlin"
    assert "since 2026-11-24 12:58:50 CET" in wording(alert).sentence


def test_a_heartbeat_that_is_late_has_the_times_of_the_contact(
    session: Session, monitor: Monitor, incident: Incident, outage: int
) -> None:
    late = "No ping since 2026-11-24 12:00:00 UTC, expected by 2026-11-24 13:10:00 UTC."
    session.scalars(select(Contact)).one().time_zone = "Asia/Kolkata"
    incident.detail, monitor.kind = late, heartbeat.KIND
    session.flush()
    assert taken(session, outage).alert.cause == (
        "No ping since 2026-11-24 17:30:00 IST, expected by 2026-11-24 18:40:00 IST."
    )


def following(session: Session, before: Incident, severity: Severity, *, at: float) -> Incident:
    """End an incident by a change of its severity, and return the one that follows it."""
    before.ended_at = seconds(at)
    is_worse = severity is Severity.DOWN
    before.resolution = Resolution.WORSENED if is_worse else Resolution.EASED
    session.flush()
    after = broken(session, session.get_one(Monitor, before.monitor_id), now=seconds(at))
    after.started_at, after.severity, after.follows_id = seconds(at), severity, before.id
    session.flush()
    return after


def test_an_outage_that_got_worse_and_better_is_told_as_one(
    session: Session, incident: Incident
) -> None:
    incident.severity = Severity.DEGRADED
    incident.started_at = NOW
    send(session, notify(session, incident)[0])
    worse = following(session, incident, Severity.DOWN, at=10)
    send(session, notify(session, worse, now=seconds(10))[0], seconds(10))
    better = following(session, worse, Severity.DEGRADED, at=20)
    eased = send(session, notify(session, better, now=seconds(20))[0], seconds(20)).alert
    words = wording(eased)
    assert words.subject == "Better, but still degraded: Shop (was down for 10 s)"
    assert words.sentence == (
        "Shop is no longer down, but has been degraded since 2026-11-24 12:00:20 UTC."
        " It was down for 10 s."
    )
    end(session, better, at=seconds(30))
    (recovery,) = tell_more(session, better, now=seconds(30))
    over = send(session, recovery, seconds(30)).alert
    assert wording(over).subject == "Recovered: Shop (outage of 30 s, down for 10 s)"
    assert ("From", "2026-11-24 12:00:00 UTC") in wording(over).facts
    assert over.event is AlertEvent.UP


@pytest.fixture
def job(session: Session, monitor: Monitor) -> Monitor:
    monitor.kind, monitor.url = KIND, ""
    session.flush()
    return monitor


def failed(session: Session, job: Monitor, output: str) -> None:
    session.add(
        CheckFailure(
            monitor_id=job.id,
            organization_id=job.organization_id,
            region_id=1,
            slot=int(seconds(-10).timestamp()),
            detail="The job ended with exit code 1.",
            evidence={"headers": [], "body": output, "truncated": False},
        )
    )
    session.flush()


def test_what_a_failed_job_posted_is_in_its_message(
    session: Session, job: Monitor, outage: int
) -> None:
    failed(session, job, "Copying.\nTraceback: disk full\n")
    alert = taken(session, outage).alert
    assert alert.facts == (("Job output", "Copying. Traceback: disk full"),)
    assert alert.failures == 0


def test_of_a_long_output_the_end_is_shown(
    session: Session, job: Monitor, incident: Incident
) -> None:
    failed(session, job, "word " * 400 + "disk full")
    shown = job_output.of(session, job, incident)
    assert shown.startswith("...word ")
    assert shown.endswith("disk full")
    assert len(shown) <= job_output.LONGEST + len("...")


def test_a_reminder_says_for_how_long(session: Session, incident: Incident, outage: int) -> None:
    send(session, outage)
    (reminder,) = tell_more(session, incident, AlertEvent.REMINDER, number=1, now=seconds(1430))
    alert = send(session, reminder, seconds(1430)).alert
    assert alert.lasted == timedelta(minutes=25)
    assert wording(alert).sentence.startswith("Shop has been down for 25 min, since ")
