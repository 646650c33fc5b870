"""The pages behind links in messages: asking first, no login, one answer to all that is wrong."""

from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.alerting.alert import AlertEvent
from models import AcknowledgeToken, Delivery, Incident, Monitor
from models.incident import Resolution
from models.session import database_now
from notifiers.texts import twilio_signature
from security.links import LIFETIME
from services.alerting import process as alerting
from services.relay.alerts import alert_of, digest_of
from services.relay.settings import RelaySettings
from tests.api.client import ApiClient
from tests.factories import monitors as make
from tests.factories.contacts import all_agree

EMAIL = {"kind": "email", "address": "bob@example.test"}
PHONE = {"kind": "sms", "address": "+4915112345678"}


TOKEN = "secret-of-the-gateway"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Configure a gateway for calls."""
    changes = {"sms_account": "AC1", "sms_token": SecretStr(TOKEN)}
    return settings.model_copy(update=changes)


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
    *,
    address: str = "bob@example.test",
    made_at: datetime | None = None,
) -> str:
    """Return the path of the link in the message to an address, as the relay writes it."""
    notified = session.scalars(select(Delivery).where(Delivery.address == address)).first()
    assert notified is not None
    alert = alert_of(
        session,
        notified,
        settings=RelaySettings.from_settings(settings),
        now=made_at or database_now(session),
    )
    session.commit()
    return alert.acknowledge_link.removeprefix(settings.public_url)


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
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    long_ago = database_now(session) - LIFETIME - timedelta(seconds=1)
    expired = link(session, settings, made_at=long_ago)
    bad = [
        "/a/garbage",
        f"/a/{'a' * 3000}",
        f"/a/{'4' * 14}",
        expired,
    ]
    for method in ("GET", "POST"):
        answers = [anybody.send(method, path) for path in bad]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        assert "This link does not work" in answers[0].text
    assert acknowledged(session, incident) is None


def test_no_token_is_stored_and_each_attempt_has_the_same(
    session: Session, settings: Settings, incident: Incident
) -> None:
    del incident
    first, second = (link(session, settings) for _ in range(2))
    assert first == second
    (row,) = session.scalars(select(AcknowledgeToken)).all()
    assert first.removeprefix("/a/").encode() not in row.token_hash
    assert len(first) == len("/a/") + 14


def test_the_link_of_a_digest_acknowledges_every_incident_of_it(
    client: ApiClient, anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    group = client.read("contact-groups")["items"][0]
    client.make_monitor(name="Blog", contact_group_ids=[group["id"]])
    now = database_now(session)
    blog = session.scalars(select(Monitor).where(Monitor.name == "Blog")).one()
    other = make.incident(session, blog, started_at=now)
    alerting.opened(session, other, now=now)
    to_bob = Delivery.address == "bob@example.test"
    leader, member = session.scalars(select(Delivery).where(to_bob).order_by(Delivery.id)).all()
    member.digest_id, leader.is_digest = leader.id, True
    relay = RelaySettings.from_settings(settings)
    digest = digest_of(session, leader, [leader, member], settings=relay, now=now)
    session.commit()
    path = digest.acknowledge_link.removeprefix(settings.public_url)
    assert path not in {each.acknowledge_link for each in digest.parts}
    asked = anybody.get(path).text
    assert asked.count("<form") == 1
    assert "Blog" in asked
    assert "Acknowledge 2 incidents as Bob?" in asked
    assert acknowledged(session, incident) is None
    assert "<form" not in anybody.send("POST", path).text
    assert (acknowledged(session, incident), acknowledged(session, other)) == ("Bob", "Bob")


def press(
    anybody: ApiClient, settings: Settings, path: str, *, digits: str, token: str
) -> tuple[int, str]:
    """Post a pressed key as the gateway does that has this token."""
    form = {"CallSid": "CA1", "Digits": digits}
    signature = twilio_signature.signature(
        f"{settings.public_url}{path}", form.items(), token=token
    )
    headers = {twilio_signature.HEADER: signature}
    response = anybody.send("POST", path, data=form, headers=headers)
    return response.status_code, response.text


def test_the_key_1_acknowledges_and_again_changes_nothing(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    path = f"{link(session, settings, address=PHONE['address'])}/call"
    assert press(anybody, settings, path, digits="2", token=TOKEN) == (
        200,
        "<Response><Say>Nothing was acknowledged.</Say></Response>",
    )
    assert acknowledged(session, incident) is None
    for _ in range(2):
        status, said = press(anybody, settings, path, digits="1", token=TOKEN)
        assert status == 200
        assert "Acknowledged. Reminders and escalation have stopped." in said
    assert acknowledged(session, incident) == "Bob"


@pytest.mark.abuse(47)
def test_a_key_that_the_gateway_did_not_sign_is_refused(
    anybody: ApiClient, session: Session, settings: Settings, incident: Incident
) -> None:
    path = f"{link(session, settings, address=PHONE['address'])}/call"
    for token in ("", "of somebody else"):
        assert press(anybody, settings, path, digits="1", token=token)[0] == 403
    assert anybody.send("POST", path, data={"Digits": "1"}).status_code == 403
    assert anybody.get(path).status_code == 405
    assert acknowledged(session, incident) is None
