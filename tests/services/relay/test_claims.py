"""Claims: one relay at a time, under a lease, for all that is due and for nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity
from models import Channel, Incident, Monitor
from models.delivery import DeliveryState
from security.links import Links
from services.alerting import acknowledge_links
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay.claims import LEASE, due
from tests.services.outage import EMAIL, NOW, broken, end, watched
from tests.services.relaying import (
    BUSY,
    fail,
    notify,
    relay_settings,
    row,
    seconds,
    send,
    take,
    taken,
    tell_more,
)


@pytest.mark.parametrize(
    ("cause", "expected"), [(Cause.AUTHORIZATION, True), (Cause.STATUS, False)]
)
def test_an_alert_says_whether_it_was_the_credential_that_failed(
    session: Session,
    incident: Incident,
    outage: int,
    cause: Cause,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    incident.cause = cause
    assert taken(session, outage).alert.is_authorization is expected


def test_a_claim_brings_all_that_is_to_be_said(
    session: Session, incident: Incident, outage: int
) -> None:
    claimed = taken(session, outage)
    delivery, monitor = row(session, outage), session.get_one(Monitor, incident.monitor_id)
    assert claimed.destination is not None
    assert (claimed.kind, claimed.destination.address, claimed.attempt) == (*EMAIL, 1)
    assert (delivery.state, delivery.attempt) == (DeliveryState.SENDING, 1)
    assert (delivery.lease_until, delivery.tried_since) == (NOW + LEASE, NOW)
    alert = claimed.alert
    assert alert.key == alert.outage_key == str(delivery.public_id)
    assert (alert.event, alert.monitor_name) == (AlertEvent.DOWN, "Shop")
    assert (alert.organization_name, alert.monitor_id) == ("Test", str(monitor.public_id))
    assert (alert.cause, alert.started_at) == (incident.detail, incident.started_at)
    assert (alert.occurred_at, alert.late_by) == (NOW, None)
    assert alert.link == f"https://downtime.example/api/v1/incidents/{incident.public_id}"


def test_an_incident_of_degraded_service_is_said_to_be_one(session: Session) -> None:
    incident = broken(session, watched(session, EMAIL))
    incident.severity = Severity.DEGRADED
    alert = send(session, notify(session, incident)[0]).alert
    assert (alert.event, alert.is_degraded) == (AlertEvent.DEGRADED, True)


def test_what_else_there_is_to_say_is_said(session: Session, incident: Incident) -> None:
    facts = {"number": 3, "also_down": ["API", "Blog"], "facts": [["Note", "On it."]]}
    deliveries.record_opening(session, incident, [Destination(*EMAIL)], facts=facts, now=NOW)
    (delivery_id,) = due(session, now=NOW, limit=9)
    alert = taken(session, delivery_id).alert
    assert (alert.number, alert.also_down) == (3, ("API", "Blog"))
    assert alert.facts == (("Note", "On it."),)


def test_what_is_about_no_monitor_says_so(session: Session, incident: Incident) -> None:
    (delivery_id,) = deliveries.record(
        session,
        organization_id=incident.organization_id,
        dedup_key="quota/2026-11/80",
        event=AlertEvent.QUOTA,
        channels=[Destination(*EMAIL)],
        facts={"cause": "80 % are used."},
        now=NOW,
    )
    alert = taken(session, delivery_id).alert
    assert (alert.monitor_id, alert.monitor_name, alert.url, alert.link) == ("", "", "", "")
    assert (alert.cause, alert.started_at) == ("80 % are used.", None)
    assert alert.outage_key == alert.key


def test_a_message_about_an_outage_that_goes_on_lets_its_reader_take_care_of_it(
    session: Session, incident: Incident, outage: int
) -> None:
    links = Links(_private_key(), public_url="https://downtime.example")
    by = relay_settings(links=links)
    link = send(session, outage, by=by).alert.acknowledge_link
    base, _, token = link.rpartition("/")
    assert base == "https://downtime.example/a"
    page = acknowledge_links.find(session, token, now=NOW)
    assert [each.incident.id for each in page.reported] == [incident.id]
    end(session, incident, at=seconds(60))
    (recovery,) = tell_more(session, incident, now=seconds(60))
    assert send(session, recovery, seconds(60), by=by).alert.acknowledge_link == ""


def test_what_is_told_of_an_outage_is_the_same_for_each_attempt(
    session: Session, outage: int
) -> None:
    first = taken(session, outage).alert
    again = taken(session, outage, seconds(100)).alert
    assert first == again


def test_a_message_that_was_held_up_says_for_how_long(session: Session, outage: int) -> None:
    claimed = taken(session, outage, seconds(300))
    assert claimed.alert.late_by is None
    fail(session, claimed, BUSY, seconds(300))
    assert taken(session, outage, seconds(310)).alert.late_by == timedelta(seconds=310)


def test_a_delivery_is_claimed_once_until_its_lease_ends(session: Session, outage: int) -> None:
    assert taken(session, outage).attempt == 1
    assert take(session, outage, NOW + LEASE - timedelta(seconds=1)) is None
    assert due(session, now=NOW + LEASE - timedelta(seconds=1), limit=9) == []
    assert due(session, now=NOW + LEASE, limit=9) == [outage]
    assert taken(session, outage, NOW + LEASE).attempt == 2


@pytest.mark.parametrize("nobody", [-1, 0, 2**31 - 1])
def test_a_delivery_that_does_not_exist_cannot_be_claimed(session: Session, nobody: int) -> None:
    assert take(session, nobody) is None


def test_a_delivery_that_waited_days_for_us_is_still_tried(session: Session, outage: int) -> None:
    assert taken(session, outage, NOW + timedelta(days=2)).attempt == 1


def test_due_are_the_longest_waiting_first_and_no_more_than_asked_for(session: Session) -> None:
    monitor = watched(session, *[("email", f"{number}@example.org") for number in range(5)])
    ids = notify(session, broken(session, monitor))
    for number, delivery_id in enumerate(ids):
        row(session, delivery_id).next_attempt_at = seconds(-number)
    session.flush()
    assert due(session, now=NOW, limit=3) == ids[:1:-1]


def test_one_channel_with_much_to_send_does_not_keep_others_from_being_woken(
    session: Session,
) -> None:
    for _ in range(30):
        notify(session, broken(session, watched(session, EMAIL)), now=seconds(-60))
    monitor = watched(session, EMAIL)
    for number in range(30):
        deliveries.record_opening(
            session,
            _another(session, monitor),
            [Destination("email", "busy@example.org")],
            now=seconds(-90 + number),
        )
    woken = [row(session, each).address for each in due(session, now=NOW, limit=40)]
    assert woken.count("busy@example.org") == 10
    assert woken.count(EMAIL[1]) == 30


def _disable(channel: Channel) -> None:
    channel.disabled_at = NOW
    channel.disabled_reason = "No such mailbox."


def _delete(channel: Channel) -> None:
    channel.deleted_at = NOW


def _withdraw(channel: Channel) -> None:
    channel.confirmed_at = None


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        (_disable, DeliveryState.DEAD, "The channel is disabled: No such mailbox."),
        (_delete, DeliveryState.CANCELLED, "The channel was deleted."),
        (_withdraw, DeliveryState.CANCELLED, "The channel is not confirmed."),
    ],
)
def test_a_channel_that_was_taken_away_since_gets_nothing(
    session: Session,
    outage: int,
    change: Callable[[Channel], None],
    state: DeliveryState,
    reason: str,
) -> None:
    change(session.scalars(select(Channel)).one())
    session.flush()
    assert take(session, outage) is None
    assert (row(session, outage).state, row(session, outage).last_error) == (state, reason)


def test_who_was_told_of_the_outage_hears_of_its_end_on_a_deleted_channel(
    session: Session, incident: Incident, outage: int
) -> None:
    send(session, outage)
    (recovery,) = tell_more(session, incident, now=seconds(60))
    _delete(session.scalars(select(Channel)).one())
    assert taken(session, recovery, seconds(60)).alert.event is AlertEvent.UP


def test_a_delivery_that_another_relay_is_claiming_is_claimed_once(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        delivery_id = notify(session, broken(session, watched(session, EMAIL)))[0]
    with Session(committed) as first, ThreadPoolExecutor(1) as pool:
        assert take(first, delivery_id) is not None
        second = pool.submit(_take_in_own_transaction, committed, delivery_id)
        first.commit()
        assert second.result() is False


def _take_in_own_transaction(engine: Engine, delivery_id: int) -> bool:
    with Session(engine) as session, session.begin():
        return take(session, delivery_id, seconds(1)) is not None


def _another(session: Session, monitor: Monitor) -> Incident:
    """One more incident of this monitor, over at once: only one may be open."""
    incident = broken(session, monitor)
    end(session, incident, at=NOW)
    return incident


def _private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
