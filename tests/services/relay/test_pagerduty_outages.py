"""One outage here is one incident of PagerDuty, whatever becomes of its severity."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Incident, Monitor
from models.incident import Resolution
from notifiers import pagerduty
from services.alerting import process as alerting
from services.monitors import lifecycle as monitor_lifecycle
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay.claims import Claimed
from tests.services.outage import NOW, beside, broken, end, watched
from tests.services.relaying import (
    BUSY,
    REFUSED,
    accept,
    fail,
    relay_settings,
    resend,
    row,
    seconds,
    send,
    take,
    taken,
)
from tests.services.woken import woken_by

SERVICE = ("pagerduty", "service (0a3c7d50)")


@pytest.fixture
def monitor(session: Session) -> Monitor:
    monitor = watched(session, SERVICE)
    monitor_lifecycle.begin(session, [monitor], now=NOW)
    session.flush()
    return monitor


def opened(
    session: Session,
    monitor: Monitor,
    severity: Severity,
    at: float,
    *,
    follows: Incident | None = None,
) -> tuple[Incident, int]:
    """Open an incident, maybe in the place of another; return it with the message about it."""
    if follows is not None:
        end(session, follows, at=seconds(at))
        worse = severity is Severity.DOWN
        follows.resolution = Resolution.WORSENED if worse else Resolution.EASED
    incident = broken(session, monitor, now=seconds(at))
    incident.severity = severity
    incident.follows_id = follows.id if follows else None
    session.flush()
    (delivery_id,) = woken_by(session, alerting.opened, incident, now=seconds(at))
    return incident, delivery_id


def closed(session: Session, incident: Incident, at: float) -> int:
    end(session, incident, at=seconds(at))
    (delivery_id,) = woken_by(session, alerting.closed, incident, now=seconds(at))
    return delivery_id


def event(claimed: Claimed) -> tuple[str, str, str | None]:
    """Return what PagerDuty is told: the action, the key and how bad it is."""
    notified: dict[str, Any] = pagerduty.event(claimed.alert, SecretStr("R0" * 16))
    return (
        notified["event_action"],
        notified["dedup_key"],
        notified.get("payload", {}).get("severity"),
    )


def test_a_severity_that_changes_is_told_under_the_same_key_and_only_the_end_resolves(
    session: Session, monitor: Monitor
) -> None:
    slow, first = opened(session, monitor, Severity.DEGRADED, 0)
    notified = [event(send(session, first, seconds(1)))]
    down, second = opened(session, monitor, Severity.DOWN, 60, follows=slow)
    notified.append(event(send(session, second, seconds(61))))
    eased, third = opened(session, monitor, Severity.DEGRADED, 120, follows=down)
    notified.append(event(send(session, third, seconds(121))))
    notified.append(event(send(session, closed(session, eased, 180), seconds(181))))
    key = str(row(session, first).public_id)
    assert notified == [
        ("trigger", key, "warning"),
        ("trigger", key, "critical"),
        ("trigger", key, "warning"),
        ("resolve", key, None),
    ]


def test_the_late_end_of_one_outage_does_not_resolve_the_next(
    session: Session, monitor: Monitor
) -> None:
    before, first = opened(session, monitor, Severity.DOWN, 0)
    (_, old, _) = event(send(session, first, seconds(1)))
    up = closed(session, before, 60)
    fail(session, taken(session, up, seconds(61)), BUSY, seconds(61))
    _, second = opened(session, monitor, Severity.DOWN, 62)
    (_, new, _) = event(send(session, second, seconds(63)))
    assert event(send(session, up, seconds(90))) == ("resolve", old, None)
    assert new != old


def test_a_beginning_that_may_have_arrived_is_raised_and_resolved_under_its_key(
    session: Session, monitor: Monitor
) -> None:
    slow, first = opened(session, monitor, Severity.DEGRADED, 0)
    claimed = taken(session, first, seconds(1))
    fail(session, claimed, BUSY, seconds(2))
    down, second = opened(session, monitor, Severity.DOWN, 60, follows=slow)
    worse = taken(session, second, seconds(61))
    accept(session, worse, seconds(62))
    up = send(session, closed(session, down, 120), seconds(121))
    assert {key for _, key, _ in map(event, (claimed, worse, up))} == {claimed.alert.key}


def test_a_dead_letter_that_is_overtaken_when_it_is_sent_again_changes_no_key(
    session: Session, monitor: Monitor
) -> None:
    slow, first = opened(session, monitor, Severity.DEGRADED, 0)
    fail(session, taken(session, first, seconds(1)), REFUSED, seconds(2))
    down, second = opened(session, monitor, Severity.DOWN, 60, follows=slow)
    worse = send(session, second, seconds(61))
    resend(session, first, seconds(70))
    assert take(session, first, seconds(71)) is None
    up = send(session, closed(session, down, 120), seconds(121))
    assert event(up) == ("resolve", event(worse)[1], None)


def test_what_may_have_arrived_in_a_digest_is_resolved_under_its_key(
    session: Session, monitor: Monitor
) -> None:
    by = relay_settings(burst=1)
    others = [beside(session, monitor) for _ in range(2)]
    monitor_lifecycle.begin(session, others, now=NOW)
    for each in others:
        deliveries.record_opening(session, broken(session, each), [Destination(*SERVICE)], now=NOW)
    slow, first = opened(session, monitor, Severity.DEGRADED, 0)
    leader = row(session, first).id - 1
    digest = taken(session, leader, seconds(60), by=by)
    assert str(row(session, first).public_id) in {part.outage_key for part in digest.alert.parts}
    fail(session, digest, BUSY, seconds(61))
    down, second = opened(session, monitor, Severity.DOWN, 62, follows=slow)
    send(session, leader, seconds(70), by=by)
    worse = send(session, second, seconds(71))
    up = send(session, closed(session, down, 120), seconds(121))
    assert {event(each)[1] for each in (worse, up)} == {str(row(session, first).public_id)}
