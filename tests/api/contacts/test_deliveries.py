"""What was sent, over the API: filters, every attempt with its answer, and sending again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Incident, Monitor
from models.delivery import DeliveryState
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.relay.claims import due
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make
from tests.factories.contacts import all_agree
from tests.services.outage import end
from tests.services.relaying import (
    BUSY,
    REFUSED,
    accept,
    fail,
    relay_settings,
    row,
    send,
    take,
    taken,
    tell_more,
)

NOW = make.at(1_770_000_000)
LATER = NOW + timedelta(seconds=60)


@pytest.fixture
def monitor(client: ApiClient, session: Session) -> Monitor:
    channels = [
        {"kind": "email", "address": "ann@example.test"},
        {"kind": "sms", "address": "+4915112345678"},
    ]
    client.make("contacts", name="Ann", channels=channels)
    client.make_monitor()
    all_agree(session)
    return session.scalars(select(Monitor)).one()


@pytest.fixture
def incident(session: Session, monitor: Monitor) -> Incident:
    return make.incident(session, monitor, started_at=NOW)


@pytest.fixture
def notified(session: Session, incident: Incident) -> dict[str, int]:
    """Write that the monitor is down, to both channels; return the messages by kind."""
    owner = incident.organization_id
    contacts = session.scalars(select(Channel.contact_id)).unique().all()
    channels = outbox_recipients.of_contacts(
        session, owner, [each for each in contacts if each is not None]
    )
    ids = deliveries.record_opening(session, incident, channels, now=NOW)
    return {row(session, each).kind: each for each in ids}


def path(session: Session, delivery_id: int) -> str:
    return f"deliveries/{row(session, delivery_id).public_id}"


def kinds(client: ApiClient, **query: object) -> list[str]:
    return sorted(item["kind"] for item in client.read("deliveries", **query)["items"])


ANSWERS = [
    {
        "attempt": 1,
        "began_at": "2026-02-02T02:40:00.000Z",
        "ended_at": "2026-02-02T02:40:02.000Z",
        "accepted": False,
        "answer": "The server is busy.",
    },
    {
        "attempt": 2,
        "began_at": "2026-02-02T02:41:00.000Z",
        "ended_at": "2026-02-02T02:41:00.000Z",
        "accepted": True,
        "answer": "Accepted.",
    },
]


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_a_delivery_is_shown_with_every_attempt_and_what_was_answered(
    client: ApiClient, session: Session, incident: Incident, notified: dict[str, int]
) -> None:
    fail(session, taken(session, notified["email"], NOW), BUSY, NOW + timedelta(seconds=2))
    accept(session, taken(session, notified["email"], LATER), LATER)
    session.commit()
    shown = client.read(path(session, notified["email"]))
    channel = session.scalars(select(Channel).where(Channel.kind == "email")).one()
    monitor = session.get_one(Monitor, incident.monitor_id)
    assert shown.pop("answers") == ANSWERS
    assert shown == {
        "id": str(row(session, notified["email"]).public_id),
        "incident_id": str(incident.public_id),
        "monitor_id": str(monitor.public_id),
        "channel_id": str(channel.public_id),
        "event": "down",
        "is_digest": False,
        "kind": "email",
        "address": "ann@example.test",
        "state": "sent",
        "digest_id": None,
        "attempts": 2,
        "next_attempt_at": shown["next_attempt_at"],
        "last_error": "The server is busy.",
        "created_at": "2026-02-02T02:40:00.000Z",
        "sent_at": "2026-02-02T02:41:00.000Z",
    }
    assert shown in client.read("deliveries")["items"]


def test_deliveries_can_be_filtered_by_all_that_tells_them_apart(
    client: ApiClient, session: Session, incident: Incident, notified: dict[str, int]
) -> None:
    fail(session, taken(session, notified["email"], NOW), REFUSED, NOW)
    session.commit()
    email = session.scalars(select(Channel).where(Channel.kind == "email")).one()
    monitor = session.get_one(Monitor, incident.monitor_id)
    other = client.make_monitor()
    assert kinds(client) == kinds(client, monitor_id=monitor.public_id) == ["email", "sms"]
    assert kinds(client, incident_id=incident.public_id, event="down") == ["email", "sms"]
    assert kinds(client, state="dead") == ["email"]
    assert kinds(client, state=["dead", "pending"]) == ["email", "sms"]
    assert kinds(client, channel_id=email.public_id) == ["email"]
    assert kinds(client, monitor_id=other["id"]) == kinds(client, event="up") == []
    assert kinds(client, **{"from": stamp(NOW), "to": stamp(LATER)}) == ["email", "sms"]
    assert kinds(client, **{"from": stamp(LATER)}) == kinds(client, to=stamp(NOW)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "lost"),
        ("event", "gone"),
        ("monitor_id", "7"),
        ("from", "yesterday"),
        ("cursor", "x"),
        ("limit", 0),
    ],
)
def test_a_filter_that_cannot_be_is_named(client: ApiClient, field: str, value: object) -> None:
    response = client.get("deliveries", **{field: value})
    assert response.status_code == 422
    assert [name.split(".")[0] for name in body_of(response)["errors"]] == [field]


@pytest.mark.parametrize("field", ["monitor_id", "incident_id", "channel_id"])
def test_invariant_6_a_filter_names_nothing_of_others(
    stranger: ApiClient, session: Session, incident: Incident, notified: dict[str, int], field: str
) -> None:
    session.commit()
    named = {
        "monitor_id": session.get_one(Monitor, incident.monitor_id).public_id,
        "incident_id": incident.public_id,
        "channel_id": session.get_one(Channel, row(session, notified["sms"]).channel_id).public_id,
    }
    assert stranger.get("deliveries", **{field: named[field]}).status_code == 404


def test_what_a_digest_says_names_it(
    client: ApiClient, session: Session, incident: Incident, notified: dict[str, int]
) -> None:
    end(session, incident, at=LATER)
    (up,) = [
        each
        for each in tell_more(session, incident, now=LATER)
        if row(session, each).kind == "email"
    ]
    send(session, notified["email"], LATER)
    session.commit()
    opening = client.read(path(session, notified["email"]))
    assert (opening["state"], opening["digest_id"]) == ("merged", str(row(session, up).public_id))
    assert client.read(path(session, up))["event"] == "missed"


def test_a_dead_letter_can_be_sent_again_under_the_same_key_for_another_day(
    client: ApiClient, session: Session, notified: dict[str, int]
) -> None:
    first = taken(session, notified["email"], NOW)
    fail(session, first, REFUSED, NOW)
    session.commit()
    response = client.post(f"{path(session, notified['email'])}/resend")
    assert response.status_code == 202
    shown = body_of(response)
    assert (shown["state"], shown["attempts"], len(shown["answers"])) == ("pending", 1, 1)
    delivery = row(session, notified["email"])
    again = taken(session, notified["email"], delivery.next_attempt_at)
    assert (again.attempt, again.alert.key) == (2, first.alert.key)
    fail(session, again, BUSY, delivery.next_attempt_at)
    waited = row(session, notified["email"]).next_attempt_at - again.began_at
    assert waited == timedelta(seconds=5), "it begins with short waits again"


def test_invariant_3_an_outage_sent_again_after_its_end_tells_that_too(
    client: ApiClient, session: Session, incident: Incident, notified: dict[str, int]
) -> None:
    in_hand = taken(session, notified["email"], NOW)
    end(session, incident, at=LATER)
    ends = tell_more(session, incident, now=LATER)
    fail(session, in_hand, REFUSED, LATER)
    (up,) = [each for each in ends if row(session, each).kind == "email"]
    assert take(session, up, LATER) is None
    assert row(session, up).state is DeliveryState.CANCELLED
    session.commit()
    client.post(f"{path(session, notified['email'])}/resend")
    now = row(session, notified["email"]).next_attempt_at
    assert send(session, notified["email"], now).alert.event is AlertEvent.MISSED


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - {DeliveryState.DEAD}))
def test_what_is_no_dead_letter_is_not_sent_again(
    client: ApiClient, session: Session, notified: dict[str, int], state: DeliveryState
) -> None:
    row(session, notified["email"]).state = state
    session.commit()
    response = client.post(f"{path(session, notified['email'])}/resend")
    assert response.status_code == 409
    assert row(session, notified["email"]).state is state


def test_nothing_is_sent_again_to_a_channel_that_is_disabled(
    client: ApiClient, session: Session, notified: dict[str, int]
) -> None:
    fail(session, taken(session, notified["email"], NOW), REFUSED, NOW)
    channel = session.get_one(Channel, row(session, notified["email"]).channel_id)
    channel.disabled_at, channel.disabled_reason = NOW, "No such mailbox."
    session.commit()
    response = client.post(f"{path(session, notified['email'])}/resend")
    assert response.status_code == 409
    assert "No such mailbox." in response.text


def test_what_was_refused_for_the_quota_goes_out_when_there_is_room(
    client: ApiClient, session: Session, notified: dict[str, int]
) -> None:
    assert take(session, notified["sms"], NOW, by=relay_settings(text_quota=0)) is None
    session.commit()
    assert client.read(path(session, notified["sms"]))["state"] == "dead"
    client.post(f"{path(session, notified['sms'])}/resend")
    now = row(session, notified["sms"]).next_attempt_at
    assert notified["sms"] in due(session, now=now, limit=9)
    send(session, notified["sms"], now, by=relay_settings(text_quota=100))
    assert client.read(path(session, notified["sms"]))["state"] == "sent"


def test_a_delivery_that_does_not_exist_is_not_found(client: ApiClient) -> None:
    nobody = "deliveries/00000000-0000-4000-8000-000000000000"
    assert client.get(nobody).status_code == 404
    assert client.post(f"{nobody}/resend").status_code == 404
    assert client.get("deliveries/7").status_code == 404


def test_digests_are_listed_as_such(
    client: ApiClient, session: Session, notified: dict[str, int]
) -> None:
    digest = row(session, notified["email"])
    digest.is_digest = True
    session.commit()
    assert kinds(client, event="digest") == ["email"]
    assert kinds(client, event=["digest", "down"]) == ["email", "sms"]
    assert kinds(client, event="down") == ["email", "sms"]
