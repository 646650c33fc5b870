"""Taking care of an incident over the API, and the timeline that comes of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Incident, Monitor
from models.session import database_now
from services.alerting import process as alerting
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import new_key, with_token
from tests.factories import monitors as make
from tests.factories.contacts import all_agree

EMAIL = {"kind": "email", "address": "bob@example.test"}


@pytest.fixture
def incident(client: ApiClient, session: Session) -> Incident:
    """Make an open incident that Bob was told of."""
    contact = client.make("contacts", name="Bob", channels=[EMAIL])
    all_agree(session)
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    client.make_monitor(contact_group_ids=[group["id"]])
    monitor = session.scalars(select(Monitor)).one()
    now = database_now(session)
    incident = make.incident(session, monitor, started_at=now)
    alerting.opened(session, incident, now=now)
    session.commit()
    return incident


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def kinds(shown: dict[str, Any]) -> list[str]:
    return [entry["kind"] for entry in shown["timeline"]]


def end(session: Session, incident: Incident) -> None:
    now = database_now(session)
    make.end(incident, at=now)
    alerting.closed(session, incident, now=now)
    session.commit()


def test_an_acknowledgement_says_who_takes_care_and_why(
    client: ApiClient, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}"
    shown = body_of(client.post(f"{path}/acknowledge", {"note": "It is the disk."}))
    assert shown["acknowledged_by"] == "ada@example.test"
    assert shown["acknowledged_at"] is not None
    assert kinds(shown) == ["opened", "notified", "acknowledged"]
    assert shown["timeline"][1]["facts"] == {"contacts": ["Bob"]}
    last = shown["timeline"][2]
    assert (last["by"], last["note"]) == ("ada@example.test", "It is the disk.")
    assert client.read(path) == shown


def test_the_others_who_were_told_are_told_of_it_once(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}/acknowledge"
    for method in ("POST", "POST", "DELETE", "POST"):
        body = {"json": {"note": "Mine."}} if method == "POST" else {}
        assert client.send(method, path, **body).status_code == 200
    notified = session.scalars(
        select(Delivery).where(Delivery.event == AlertEvent.ACKNOWLEDGED)
    ).one()
    assert (notified.address, notified.facts) == (
        "bob@example.test",
        {"facts": [["Acknowledged by", "ada@example.test"], ["Note", "Mine."]]},
    )


def test_who_acknowledges_is_not_told_of_it(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    session.scalars(select(Delivery)).one().address = "ada@example.test"
    session.commit()
    client.post(f"incidents/{incident.public_id}/acknowledge", {})
    notified = select(Delivery).where(Delivery.event == AlertEvent.ACKNOWLEDGED)
    assert session.scalars(notified).all() == []


def test_the_first_who_acknowledges_stays_the_one_who_does(
    client: ApiClient, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}/acknowledge"
    first = body_of(client.post(path, {"note": "First."}))
    assert body_of(client.post(path, {"note": "Second."})) == first


def test_an_acknowledgement_can_be_taken_back(client: ApiClient, incident: Incident) -> None:
    path = f"incidents/{incident.public_id}/acknowledge"
    client.post(path, {})
    shown = body_of(client.delete(path))
    assert (shown["acknowledged_at"], shown["acknowledged_by"]) == (None, None)
    assert kinds(shown)[-1] == "unacknowledged"
    assert body_of(client.delete(path)) == shown


def test_a_snooze_is_given_in_minutes_or_until_a_time(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}/snooze"
    now = database_now(session)
    shown = body_of(client.post(path, {"minutes": 30, "note": "Lunch."}))
    until = datetime.fromisoformat(shown["snoozed_until"])
    assert timedelta(0) <= until - now - timedelta(minutes=30) < timedelta(minutes=5)
    tomorrow = (now + timedelta(days=1)).replace(microsecond=0)
    shown = body_of(client.post(path, {"until": stamp(tomorrow)}))
    assert datetime.fromisoformat(shown["snoozed_until"]) == tomorrow
    assert kinds(shown)[-2:] == ["snoozed", "snoozed"]
    assert shown["timeline"][-2]["note"] == "Lunch."


def test_a_snooze_may_last_for_thirty_days_and_names_nobody_who_takes_care(
    client: ApiClient, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}"
    client.post(f"{path}/acknowledge", {})
    shown = body_of(client.post(f"{path}/snooze", {"minutes": 43_200}))
    assert shown["snoozed_until"] is not None
    assert (shown["acknowledged_at"], shown["acknowledged_by"]) == (None, None)
    entry = shown["timeline"][-1]
    assert (entry["kind"], entry["by"]) == ("snoozed", "ada@example.test")
    assert entry["facts"] == {"until": shown["snoozed_until"]}


def test_a_snooze_can_be_taken_back_and_is_a_reminder_then(
    client: ApiClient, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}"
    client.post(f"{path}/snooze", {"minutes": 30})
    shown = body_of(client.delete(f"{path}/acknowledge"))
    assert shown["snoozed_until"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 5, "until": "2030-01-01T00:00:00Z"}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 43_201}, "minutes"),
        ({"minutes": "5"}, "minutes"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "2037-01-01T00:00:00Z"}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"minutes": 5, "note": "a" * 1001}, "note"),
        ({"minutes": 5, "by": "Eve"}, "by"),
    ],
)
def test_a_bad_snooze_is_named(
    client: ApiClient, incident: Incident, body: dict[str, Any], field: str
) -> None:
    response = client.post(f"incidents/{incident.public_id}/snooze", body)
    assert response.status_code == 422, response.text
    assert list(body_of(response)["errors"]) == [field]


def test_what_is_over_can_be_neither_acknowledged_nor_snoozed(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    end(session, incident)
    path = f"incidents/{incident.public_id}"
    for response in (
        client.post(f"{path}/acknowledge", {}),
        client.delete(f"{path}/acknowledge"),
        client.post(f"{path}/snooze", {"minutes": 5}),
    ):
        assert response.status_code == 409
        assert body_of(response)["detail"] == "This incident has ended."


def test_the_timeline_ends_with_how_it_ended(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    end(session, incident)
    shown = client.read(f"incidents/{incident.public_id}")
    assert kinds(shown) == ["opened", "notified", "closed"]
    assert shown["timeline"][0]["facts"] == {"severity": "down", "cause": "status"}
    assert shown["timeline"][-1]["facts"] == {"resolution": "recovered"}
    assert (shown["severity"], shown["suppressed_by"], shown["follows_id"]) == ("down", None, None)


def test_a_machine_that_takes_care_is_named_as_itself(
    app: Flask, client: ApiClient, incident: Incident
) -> None:
    machine = with_token(app, new_key(client, "incident:write", "incident:read")["key"])
    shown = body_of(machine.post(f"incidents/{incident.public_id}/acknowledge", {}))
    assert shown["acknowledged_by"] == "Robot"
    assert shown["timeline"][-1]["by"] == "Robot"


def test_a_note_is_on_the_timeline_and_notifies_nobody(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    path = f"incidents/{incident.public_id}"
    before = len(session.scalars(select(Delivery)).all())
    shown = client.make(f"{path}/notes", note="The provider knows.")
    assert kinds(shown) == ["opened", "notified", "noted"]
    last = shown["timeline"][2]
    assert (last["by"], last["note"]) == ("ada@example.test", "The provider knows.")
    assert shown["acknowledged_at"] is None
    assert len(session.scalars(select(Delivery)).all()) == before


def test_a_closed_incident_takes_notes_and_an_empty_note_is_refused(
    client: ApiClient, session: Session, incident: Incident
) -> None:
    end(session, incident)
    path = f"incidents/{incident.public_id}/notes"
    shown = client.make(path, note="It was the disk.")
    assert kinds(shown) == ["opened", "notified", "closed", "noted"]
    for empty in ("", "  "):
        refused = client.post(path, {"note": empty})
        assert refused.status_code == 422
        assert list(body_of(refused)["errors"]) == ["note"]
