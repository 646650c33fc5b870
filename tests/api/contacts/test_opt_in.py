"""Double opt-in over the API: one question, a page with a button, and nothing else before the answer."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.alerting.alert import Alert, AlertEvent
from models import Channel, Delivery, Monitor
from models.delivery import DeliveryState
from models.session import database_now
from security.links import LIFETIME, Links, Purpose, Subject
from services.alerting import process as alerting
from services.contacts.opt_in import HOURLY_BY_CHANNEL
from services.relay import claims as relay_claims
from services.relay.settings import RelaySettings
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make

EMAIL = {"kind": "email", "address": "bob@example.test"}
PHONE = {"kind": "sms", "address": "+4915112345678"}
HOOK = {"kind": "webhook", "settings": {"url": "https://hooks.example.test/in"}}


@pytest.fixture
def contact(client: ApiClient) -> dict[str, Any]:
    return client.make("contacts", name="Bob", channels=[EMAIL])


def path_of(contact: dict[str, Any]) -> str:
    return f"contacts/{contact['id']}/channels/{contact['channels'][0]['id']}"


def sent_now(session: Session, settings: Settings) -> list[tuple[str, Alert]]:
    """Claim all that is due as relays do; return the address and the words of each message."""
    now, relaying = database_now(session), RelaySettings.from_settings(settings)
    due = relay_claims.due(session, now=now, limit=100)
    claims = [relay_claims.claim(session, each, settings=relaying, now=now) for each in due]
    session.commit()
    return [(each.destination.address, each.alert) for each in claims if each and each.destination]


def question(session: Session, settings: Settings) -> str:
    """Return the path of the link in the only message that is due."""
    ((_, alert),) = sent_now(session, settings)
    assert alert.event is AlertEvent.CONFIRM
    return alert.confirm_link.removeprefix(settings.public_url)


def outage(client: ApiClient, session: Session, contact: dict[str, Any]) -> list[str]:
    """Tell the contact of a new outage; return the addresses that are to hear of it."""
    group = client.make("contact-groups", name=token_hex(8), contact_ids=[contact["id"]])
    made = client.make_monitor(contact_group_ids=[group["id"]])
    monitor = session.scalars(select(Monitor).where(Monitor.public_id == made["id"])).one()
    now = database_now(session)
    alerting.opened(session, make.incident(session, monitor, started_at=now), now=now)
    session.commit()
    notified = select(Delivery.address).where(Delivery.monitor_id == monitor.id)
    return sorted(session.scalars(notified))


def confirmed(session: Session) -> list[bool]:
    session.expire_all()
    rows = session.scalars(select(Channel).order_by(Channel.id))
    return [row.confirmed_at is not None for row in rows]


def test_a_person_gets_one_question_and_nothing_else_before_the_answer(
    client: ApiClient, anybody: ApiClient, session: Session, settings: Settings
) -> None:
    contact = client.make("contacts", name="Bob", channels=[EMAIL, PHONE, HOOK])
    questions = sent_now(session, settings)
    assert [(address, alert.event) for address, alert in questions] == [
        ("bob@example.test", AlertEvent.CONFIRM),
        ("+4915112345678", AlertEvent.CONFIRM),
    ]
    assert outage(client, session, contact) == [contact["channels"][2]["address"]]
    for _, alert in questions:
        assert alert.organization_name == "Shop"
        assert alert.acknowledge_link == ""
        anybody.send("POST", alert.confirm_link.removeprefix(settings.public_url))
    assert confirmed(session) == [True, True, True]
    assert outage(client, session, contact) == sorted(
        each["address"] for each in contact["channels"]
    )


def test_following_the_link_asks_and_the_button_agrees_as_often_as_it_is_pressed(
    anybody: ApiClient, session: Session, settings: Settings, contact: dict[str, Any]
) -> None:
    del contact
    path = question(session, settings)
    for method in ("GET", "HEAD", "GET"):
        assert anybody.send(method, path).status_code == 200
    asked = anybody.get(path)
    assert "Shop wants to send alerts to bob@example.test" in asked.text
    assert '<form method="post">' in asked.text
    assert "form-action 'self'" in asked.headers["Content-Security-Policy"]
    assert asked.headers["Referrer-Policy"] == "same-origin"
    assert confirmed(session) == [False]
    for _ in range(2):
        assert "Confirmed." in anybody.send("POST", path).text
        assert confirmed(session) == [True]
    assert "Confirmed." in anybody.get(path).text


def test_links_lead_to_the_public_address_whatever_host_was_asked(
    client: ApiClient, session: Session, settings: Settings
) -> None:
    body = {"name": "Bob", "channels": [EMAIL]}
    client.send("POST", "contacts", json=body, headers={"Host": "127.6.6.6"})
    ((_, alert),) = sent_now(session, settings)
    assert alert.confirm_link.startswith(f"{settings.public_url}/links/confirm/")


@pytest.mark.parametrize(("digit", "agrees"), [("1", True), ("9", False)])
def test_on_the_phone_the_key_one_agrees_and_no_other(
    client: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    digit: str,
    agrees: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    client.make("contacts", name="Bob", channels=[{**PHONE, "kind": "voice"}])
    path = question(session, settings)
    response = anybody.send("POST", path, data={"Digits": digit, "CallSid": "CA1"})
    assert response.mimetype == "text/xml"
    assert response.text.startswith("<Response><Say>")
    assert confirmed(session) == [agrees]


def test_whatever_is_wrong_with_a_link_the_page_is_the_same(
    anybody: ApiClient, session: Session, settings: Settings, contact: dict[str, Any]
) -> None:
    del contact
    good = question(session, settings)
    now, links = database_now(session), Links.from_settings(settings)
    subject = links.read(Purpose.CONFIRM, good.rpartition("/")[2], now=now)
    nobody = Subject(organization_id=subject.organization_id, id=subject.organization_id)
    foreign = Subject(organization_id=subject.id, id=subject.id)
    made = [
        links.make(Purpose.CONFIRM, subject, now=now - LIFETIME - timedelta(seconds=1)),
        links.make(Purpose.CONFIRM, nobody, now=now),
        links.make(Purpose.CONFIRM, foreign, now=now),
        links.make(Purpose.UNSUBSCRIBE, subject, now=now).replace("unsubscribe", "confirm"),
    ]
    bad = ["/links/confirm/garbage", *(each.removeprefix(settings.public_url) for each in made)]
    for method in ("GET", "POST"):
        answers = [anybody.send(method, path) for path in bad]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
    assert confirmed(session) == [False]


@pytest.mark.parametrize("what", ["deleted", "disabled"])
def test_a_channel_that_is_not_wanted_any_more_cannot_be_confirmed(
    client: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    contact: dict[str, Any],
    what: str,
) -> None:
    path = question(session, settings)
    if what == "deleted":
        client.delete(path_of(contact))
    else:
        session.scalars(select(Channel)).one().disabled_at = database_now(session)
        session.commit()
    assert anybody.send("POST", path).status_code == 404
    assert confirmed(session) == [False]


def test_the_question_can_be_sent_again_three_times_an_hour(
    client: ApiClient, session: Session, settings: Settings, contact: dict[str, Any]
) -> None:
    for count in range(2, HOURLY_BY_CHANNEL + 1):
        response = client.post(f"{path_of(contact)}/confirmation")
        assert response.status_code == 202
        assert body_of(response)["confirmed_at"] is None
        assert len(session.scalars(select(Delivery)).all()) == count
    refused = client.post(f"{path_of(contact)}/confirmation")
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert {alert.event for _, alert in sent_now(session, settings)} == {AlertEvent.CONFIRM}


def test_what_is_confirmed_is_not_asked_again(
    client: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    contact: dict[str, Any],
) -> None:
    client.post(f"{path_of(contact)}/confirmation")
    first = sent_now(session, settings)[0][1]
    anybody.send("POST", first.confirm_link.removeprefix(settings.public_url))
    assert client.post(f"{path_of(contact)}/confirmation").status_code == 409
    assert client.read(path_of(contact))["confirmed_at"] is not None


def test_a_question_that_waits_is_left_out_once_somebody_agreed(
    client: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    contact: dict[str, Any],
) -> None:
    path = question(session, settings)
    client.post(f"{path_of(contact)}/confirmation")
    anybody.send("POST", path)
    assert sent_now(session, settings) == []
    last = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert last is not None
    assert last.state is DeliveryState.CANCELLED


def test_within_an_organization_an_address_agrees_once(
    client: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    contact: dict[str, Any],
) -> None:
    del contact
    early = client.make("contacts", name="Early", channels=[EMAIL])
    links = [alert.confirm_link for _, alert in sent_now(session, settings)]
    assert len(links) == 2
    anybody.send("POST", links[0].removeprefix(settings.public_url))
    assert client.read(path_of(early))["confirmed_at"] is not None
    late = client.make("contacts", name="Late", channels=[EMAIL])
    assert late["channels"][0]["confirmed_at"] is not None
    assert sent_now(session, settings) == []


def test_invariant_6_another_organization_asks_for_itself(
    client: ApiClient,
    stranger: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    contact: dict[str, Any],
) -> None:
    del client, contact
    anybody.send("POST", question(session, settings))
    theirs = stranger.make("contacts", name="Eve", channels=[EMAIL])
    assert theirs["channels"][0]["confirmed_at"] is None
    path = question(session, settings)
    assert confirmed(session) == [True, False]
    anybody.send("POST", path)
    assert confirmed(session) == [True, True]


def test_the_address_of_the_owner_needs_to_be_confirmed_too(client: ApiClient) -> None:
    mine = {"kind": "email", "address": "ada@example.test"}
    contact = client.make("contacts", name="Ada", channels=[mine])
    assert contact["channels"][0]["confirmed_at"] is None
