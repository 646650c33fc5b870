"""The pages behind links in messages: asking first, no login, one answer to all that is wrong."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.alerting.alert import AlertEvent
from models import Delivery, Incident, Monitor, Organization
from models.incident import Resolution
from models.session import database_now
from security.links import LIFETIME, Links, Purpose, Subject
from services.alerting import process as alerting
from tests.api.client import ApiClient
from tests.factories import monitors as make
from tests.factories.contacts import all_agree

EMAIL = {"kind": "email", "address": "bob@example.test"}
PHONE = {"kind": "sms", "address": "+4915112345678"}


@pytest.fixture
def incident(client: ApiClient, session: Session) -> Incident:
    """Make an open incident that Bob was told of by mail and text."""
    contact = client.make("contacts", name="Bob", channels=[EMAIL, PHONE])
    other = client.make(
        "contacts", name="Cid", channels=[{"kind": "email", "address": "cid@example.test"}]
    )
    all_agree(session)
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"], other["id"]])
    client.make_monitor(name="<b>Shop</b>", contact_group_ids=[group["id"]])
    now = database_now(session)
    row = make.incident(session, session.scalars(select(Monitor)).one(), started_at=now)
    alerting.opened(session, row, now=now)
    session.commit()
    return row


def link(
    session: Session,
    settings: Settings,
    purpose: Purpose = Purpose.ACKNOWLEDGE,
    *,
    address: str = "bob@example.test",
    made_at: datetime | None = None,
) -> str:
    """Return the path of the link in the message to an address."""
    notified = session.scalars(select(Delivery).where(Delivery.address == address)).first()
    assert notified is not None
    organization = session.get_one(Organization, notified.organization_id)
    subject = Subject(organization_id=organization.public_id, id=notified.public_id)
    made = Links.from_settings(settings).make(
        purpose, subject, now=made_at or database_now(session)
    )
    return made.removeprefix(settings.public_url)


def acknowledged(session: Session, incident: Incident) -> str | None:
    session.expire_all()
    return session.get_one(Incident, incident.id).acknowledged_by


def test_following_the_link_asks_and_changes_nothing(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    path = link(session, settings)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        assert anybody.send(method, path).status_code == 200
    response = anybody.get(path)
    assert "Acknowledge it as Bob?" in response.text
    assert '<form method="post">' in response.text
    assert '<html lang="en"' in response.text
    assert "<main" in response.text  # What is said begins here, to who has it read out.
    assert acknowledged(session, incident) is None


def test_the_button_acknowledges_in_the_name_of_whom_the_message_was_sent_to(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    path = link(session, settings)
    for _ in range(2):
        response = anybody.send("POST", path)
        assert response.status_code == 200
        assert "Acknowledged by Bob" in response.text
    assert acknowledged(session, incident) == "Bob"
    notified = session.scalars(select(Delivery).where(Delivery.event == AlertEvent.ACKNOWLEDGED))
    assert [each.address for each in notified] == ["cid@example.test"]


@pytest.mark.abuse(68)
def test_the_page_is_safe_to_show(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    del incident
    response = anybody.get(link(session, settings))
    assert "<b>Shop</b>" not in response.text
    assert "&lt;b&gt;Shop&lt;/b&gt;" in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_second_reader_sees_who_takes_care(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    anybody.send("POST", link(session, settings))
    other = link(session, settings, address="cid@example.test")
    assert "Acknowledged by Bob" in anybody.get(other).text
    assert "Acknowledged by Bob" in anybody.send("POST", other).text
    assert acknowledged(session, incident) == "Bob"


def test_of_an_outage_that_is_over_the_page_says_so(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    make.end(incident, at=database_now(session))
    session.commit()
    path = link(session, settings)
    for method in ("GET", "POST"):
        response = anybody.send(method, path)
        assert response.status_code == 200
        assert "This incident ended at" in response.text
    assert acknowledged(session, incident) is None


@pytest.mark.parametrize(
    ("resolution", "words"), [(Resolution.WORSENED, "worse"), (Resolution.EASED, "better")]
)
def test_of_an_outage_that_goes_on_as_another_incident_the_page_does_not_say_that_it_is_over(
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    incident: Incident,
    resolution: Resolution,
    words: str,
) -> None:
    make.end(incident, at=database_now(session))
    incident.resolution = resolution
    session.commit()
    path = link(session, settings)
    for method in ("GET", "POST"):
        shown = anybody.send(method, path).text
        assert f"This incident continues: it got {words}" in shown
        assert "nothing left to do" not in shown
        assert "<form" not in shown


def test_a_contact_that_was_deleted_is_named_by_its_address(
    client: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    path = link(session, settings)
    for contact in client.read("contacts")["items"]:
        client.delete(f"contacts/{contact['id']}")
    client.send("POST", path, headers={"Authorization": ""})
    assert acknowledged(session, incident) == "bob@example.test"


def test_whatever_is_wrong_with_a_link_the_page_is_the_same(
    anybody: ApiClient, app: Flask, session: Session, settings: Settings, incident: Incident
) -> None:
    del app
    good = link(session, settings)
    now = database_now(session)
    nobody = Subject(organization_id=incident.public_id, id=incident.public_id)
    bad = [
        "/links/acknowledge/garbage",
        f"/links/acknowledge/{'a' * 3000}",
        good[:-4] + "AAAA",
        link(session, settings, made_at=now - LIFETIME - timedelta(seconds=1)),
        link(session, settings, Purpose.CONFIRM).replace("confirm", "acknowledge"),
        Links.from_settings(settings)
        .make(Purpose.ACKNOWLEDGE, nobody, now=now)
        .removeprefix(settings.public_url),
    ]
    for method in ("GET", "POST"):
        answers = [anybody.send(method, path) for path in bad]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        assert "This link does not work" in answers[0].text
    assert acknowledged(session, incident) is None
