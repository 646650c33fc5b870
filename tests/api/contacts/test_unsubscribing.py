"""Hearing no more, with one click: for this address and organization, without a word to anybody."""

from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from domain.alerting.alert import Alert, AlertEvent
from models import Channel, Delivery
from models.delivery import DeliveryState
from models.session import database_now
from notifiers.email.message import compose, read_address
from services.relay.claims import claim, due
from services.relay.settings import RelaySettings
from tests.api.client import ApiClient, body_of
from tests.factories.contacts import all_agree

EMAIL = {"kind": "email", "address": "bob@example.test"}
PHONE = {"kind": "sms", "address": "+4915112345678"}


@pytest.fixture
def contact(client: ApiClient, session: Session) -> dict[str, Any]:
    made = client.make("contacts", name="Bob", channels=[EMAIL, PHONE])
    all_agree(session)
    return made


def path_of(contact: dict[str, Any], index: int = 0) -> str:
    return f"contacts/{contact['id']}/channels/{contact['channels'][index]['id']}"


def next_alert(session: Session, settings: Settings) -> Alert:
    """Claim the one message that is due, as a relay does."""
    now = database_now(session)
    (delivery_id,) = due(session, now=now, limit=9)
    claimed = claim(session, delivery_id, settings=RelaySettings.from_settings(settings), now=now)
    session.commit()
    assert claimed is not None
    return claimed.alert


def mail_of(alert: Alert) -> EmailMessage:
    sender, recipient = read_address("alerts@downtime.test"), read_address("bob@example.test")
    return compose(alert, sender=sender, recipient=recipient)


@pytest.fixture
def link(client: ApiClient, session: Session, settings: Settings, contact: dict[str, Any]) -> str:
    """Return the path of the link in a mail to Bob."""
    client.post(f"{path_of(contact)}/test")
    return next_alert(session, settings).unsubscribe_link.removeprefix(settings.public_url)


def test_a_mail_says_how_to_hear_no_more_to_programs_and_to_people(
    client: ApiClient, session: Session, settings: Settings, contact: dict[str, Any]
) -> None:
    client.post(f"{path_of(contact)}/test")
    alert = next_alert(session, settings)
    mail = mail_of(alert)
    assert alert.unsubscribe_link.startswith(f"{settings.public_url}/links/unsubscribe/")
    assert mail["List-Unsubscribe"] == f"<{alert.unsubscribe_link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert alert.unsubscribe_link in part.get_content()


def test_who_is_asked_to_agree_can_say_that_it_shall_be_the_last_question(
    client: ApiClient, anybody: ApiClient, session: Session, settings: Settings
) -> None:
    stranger = client.make("contacts", name="Eve", channels=[EMAIL])
    alert = next_alert(session, settings)
    mail = mail_of(alert)
    assert alert.event is AlertEvent.CONFIRM
    assert mail["List-Unsubscribe"] == f"<{alert.unsubscribe_link}>"
    anybody.send("POST", alert.unsubscribe_link.removeprefix(settings.public_url))
    assert client.read(path_of(stranger))["disabled_reason"] == "Unsubscribed."
    assert client.post(f"{path_of(stranger)}/confirmation").status_code == 409
    agree = alert.confirm_link.removeprefix(settings.public_url)
    assert anybody.send("POST", agree).status_code == 404
    assert client.read(path_of(stranger))["confirmed_at"] is None


def test_other_kinds_have_no_such_link(
    client: ApiClient, session: Session, settings: Settings, contact: dict[str, Any]
) -> None:
    client.post(f"{path_of(contact, 1)}/test")
    assert next_alert(session, settings).unsubscribe_link == ""


def test_a_mail_program_unsubscribes_with_one_post_and_nobody_is_told(
    client: ApiClient, anybody: ApiClient, session: Session, contact: dict[str, Any], link: str
) -> None:
    body = urlencode({"List-Unsubscribe": "One-Click"})
    for _ in range(2):
        response = anybody.send(
            "POST", link, data=body, content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code == 200
        assert "bob@example.test no longer receives alerts" in response.text
    email, phone = client.read(f"contacts/{contact['id']}")["channels"]
    assert email["disabled_at"] is not None
    assert (email["disabled_reason"], email["confirmed_at"]) == ("Unsubscribed.", None)
    assert phone["disabled_at"] is None
    events = session.scalars(select(Delivery.event)).all()
    assert events == [AlertEvent.TEST]


def test_following_the_link_asks_first(
    client: ApiClient, anybody: ApiClient, contact: dict[str, Any], link: str
) -> None:
    for method in ("GET", "HEAD"):
        assert anybody.send(method, link).status_code == 200
    page = anybody.get(link)
    assert "Stop all alerts from Shop to bob@example.test?" in page.text
    assert '<form method="post">' in page.text
    assert client.read(path_of(contact))["disabled_at"] is None


def test_all_of_the_organization_that_lead_there_end_and_those_of_others_stay(
    client: ApiClient,
    stranger: ApiClient,
    anybody: ApiClient,
    session: Session,
    contact: dict[str, Any],
    link: str,
) -> None:
    del contact
    twin = client.make("contacts", name="Team", channels=[EMAIL])
    theirs = stranger.make("contacts", name="Eve", channels=[EMAIL])
    all_agree(session)
    anybody.send("POST", link)
    assert client.read(path_of(twin))["disabled_at"] is not None
    assert stranger.read(path_of(theirs))["disabled_at"] is None


def test_what_waits_for_the_address_is_not_sent(
    client: ApiClient, anybody: ApiClient, contact: dict[str, Any], link: str
) -> None:
    waiting = body_of(client.post(f"{path_of(contact)}/test"))["id"]
    anybody.send("POST", link)
    shown = client.read(f"deliveries/{waiting}")
    assert shown["state"] == DeliveryState.DEAD
    assert shown["last_error"] == "The channel is disabled: Unsubscribed."


def test_who_is_enabled_again_has_to_agree_again(
    client: ApiClient,
    anybody: ApiClient,
    session: Session,
    settings: Settings,
    contact: dict[str, Any],
    link: str,
) -> None:
    anybody.send("POST", link)
    enabled = body_of(client.post(f"{path_of(contact)}/enable"))
    assert (enabled["disabled_at"], enabled["confirmed_at"]) == (None, None)
    assert enabled["confirmation_sent_at"] is not None
    alert = next_alert(session, settings)
    assert alert.event is AlertEvent.CONFIRM
    anybody.send("POST", alert.confirm_link.removeprefix(settings.public_url))
    assert client.read(path_of(contact))["confirmed_at"] is not None


def test_who_unsubscribes_from_a_channel_that_was_broken_has_to_agree_again_too(
    client: ApiClient, anybody: ApiClient, session: Session, contact: dict[str, Any], link: str
) -> None:
    channel = session.scalars(select(Channel).where(Channel.kind == "email")).one()
    channel.disabled_at, channel.disabled_reason = channel.created_at, "No such mailbox."
    session.commit()
    assert '<form method="post">' in anybody.get(link).text
    assert "bob@example.test no longer receives alerts" in anybody.send("POST", link).text
    assert '<form method="post">' not in anybody.get(link).text
    assert client.read(path_of(contact))["disabled_reason"] == "Unsubscribed."
    assert body_of(client.post(f"{path_of(contact)}/enable"))["confirmed_at"] is None


def test_an_old_mail_of_a_deleted_channel_still_ends_it(
    client: ApiClient, anybody: ApiClient, contact: dict[str, Any], link: str
) -> None:
    client.delete(path_of(contact))
    assert "no longer receives alerts" in anybody.send("POST", link).text
