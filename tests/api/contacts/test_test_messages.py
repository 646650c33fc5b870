"""The test button over the API, and channels that are enabled again."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Delivery
from models.session import database_now
from services.contacts.test_messages import MOST
from tests.api.client import ApiClient, body_of
from tests.factories.contacts import all_agree

EMAIL = {"kind": "email", "address": "bob@example.test"}
HOOK = {"kind": "webhook", "settings": {"url": "https://hooks.example.test/in"}}


@pytest.fixture
def contact(client: ApiClient) -> dict[str, Any]:
    return client.make("contacts", name="Bob", channels=[EMAIL])


def path_of(contact: dict[str, Any]) -> str:
    return f"contacts/{contact['id']}/channels/{contact['channels'][0]['id']}"


def test_a_test_is_sent_through_the_outbox(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    all_agree(session)
    response = client.post(f"{path_of(contact)}/test")
    assert response.status_code == 202
    delivery = body_of(response)
    assert (delivery["event"], delivery["state"]) == ("test", "pending")
    assert delivery["channel_id"] == contact["channels"][0]["id"]
    assert client.read(f"deliveries/{delivery['id']}") == delivery


def test_who_has_not_agreed_gets_no_test(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    response = client.post(f"{path_of(contact)}/test")
    assert response.status_code == 409
    assert "not confirmed yet" in response.text
    assert session.scalars(select(Delivery.event)).all() == [AlertEvent.CONFIRM]


def test_an_organization_sends_five_tests_a_minute(client: ApiClient, stranger: ApiClient) -> None:
    for owner in (client, stranger):
        contact = owner.make("contacts", name="Bot", channels=[HOOK])
        statuses = [owner.post(f"{path_of(contact)}/test").status_code for _ in range(MOST + 1)]
        assert statuses == [202] * MOST + [429]
        refused = owner.post(f"{path_of(contact)}/test")
        assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_nothing_is_tried_on_a_disabled_channel_until_it_is_enabled(
    client: ApiClient, session: Session, contact: dict[str, Any]
) -> None:
    channel = session.scalars(select(Channel)).one()
    channel.confirmed_at = channel.disabled_at = database_now(session)
    channel.disabled_reason = "No such mailbox."
    session.commit()
    response = client.post(f"{path_of(contact)}/test")
    assert response.status_code == 409
    assert "No such mailbox." in response.text
    enabled = body_of(client.post(f"{path_of(contact)}/enable"))
    assert (enabled["disabled_at"], enabled["disabled_reason"]) == (None, None)
    assert enabled["confirmed_at"] is not None
    assert client.post(f"{path_of(contact)}/test").status_code == 202
    assert client.post(f"{path_of(contact)}/enable").status_code == 409
