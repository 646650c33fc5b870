"""The pages of messages: the list with its filters, the attempts, and sending again."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery, DeliveryAttempt
from models.delivery import DeliveryState
from models.session import database_now
from tests.api.machines.callers import join
from tests.web import outages
from tests.web.reader import Reader


@pytest.fixture
def message(ada: Reader, session: Session) -> Delivery:
    """Make a message to Bob about an outage."""
    group = outages.bob(session, ada)
    outages.begin(session, ada, contact_group_ids=[group])
    return session.scalars(select(Delivery).where(Delivery.incident_id.is_not(None))).one()


def give_up(session: Session, message: Delivery) -> None:
    now = database_now(session)
    message.state = DeliveryState.DEAD
    message.attempt, message.last_error = 9, "The mailbox is full."
    session.add(
        DeliveryAttempt(
            delivery_id=message.id,
            attempt=9,
            organization_id=message.organization_id,
            began_at=now,
            ended_at=now,
            accepted=False,
            answer="552 5.2.2 Mailbox full",
        )
    )
    session.commit()


def rows(reader: Reader, **query: object) -> int:
    return len(reader.get("/deliveries", **query).select("#delivery-list tr"))


def test_an_empty_list_says_when_messages_are_sent(ada: Reader) -> None:
    assert "When a monitor goes down or recovers" in ada.get("/deliveries").text


def test_every_message_is_listed_with_its_state(ada: Reader, message: Delivery) -> None:
    del message
    assert "Waiting Down Shop Email · bob@example.test" in ada.get("/deliveries").text


def test_the_list_is_narrowed_by_state_channel_contact_and_incident(
    ada: Reader, session: Session, message: Delivery
) -> None:
    incident_id = ada.api.read("incidents")["items"][0]["id"]
    contact_id = ada.api.read("contacts")["items"][0]["id"]
    everything = rows(ada)
    assert rows(ada, state="waiting") == everything
    assert rows(ada, state="dead") == 0
    assert rows(ada, kind="email") == everything
    assert rows(ada, kind="sms") == 0
    assert rows(ada, incident=incident_id) == 1
    assert rows(ada, contact=contact_id) == everything
    assert rows(ada, event="down") == rows(ada, event="down", days="1") == 1
    assert rows(ada, event="up") == 0
    assert rows(ada, event="nonsense") == everything
    message.created_at -= timedelta(days=2)
    session.commit()
    assert rows(ada, event="down", days="1") == 0
    assert rows(ada, event="down", days="7") == 1
    give_up(session, message)
    assert rows(ada, state="dead") == 1
    seen = ada.get("/deliveries", contact=contact_id, state="dead")
    assert seen.link("Bob") == "/deliveries?state=dead"


@pytest.mark.parametrize("noun", ["incident", "contact", "monitor", "channel"])
@pytest.mark.parametrize("given", ["x", "95cf290a-3a48-4480-9c04-5cf83a781664"])
def test_a_filter_that_names_nothing_is_no_page(ada: Reader, noun: str, given: str) -> None:
    assert ada.get("/deliveries", **{noun: given}).status == 404


def test_the_page_of_a_message_has_each_attempt_and_its_answer(
    ada: Reader, session: Session, message: Delivery
) -> None:
    give_up(session, message)
    seen = ada.get(f"/deliveries/{message.public_id}")
    assert "552 5.2.2 Mailbox full" in seen.one("#attempts").get_text()
    assert "The mailbox is full." in seen.text


def test_a_dead_letter_is_sent_again(ada: Reader, session: Session, message: Delivery) -> None:
    give_up(session, message)
    page = ada.get(f"/deliveries/{message.public_id}")
    seen = ada.fill(page, f"/deliveries/{message.public_id}/resend")
    assert "The message is sent again" in seen.text
    session.refresh(message)
    assert message.state is DeliveryState.PENDING


def test_a_message_on_its_way_is_not_sent_again(ada: Reader, message: Delivery) -> None:
    seen = ada.post(f"/deliveries/{message.public_id}/resend")
    assert (seen.status, len(seen.errors)) == (409, 1)
    assert not seen.select("main form")


def test_a_viewer_may_look_and_a_stranger_finds_nothing(
    ada: Reader, eve: Reader, app: Flask, session: Session, message: Delivery
) -> None:
    give_up(session, message)
    join(ada.api, app, "vic", "viewer")
    vic = Reader(app).log_in("vic@example.test")
    path = f"/deliveries/{message.public_id}"
    assert vic.get(path).status == 200
    assert not vic.get(path).select("main form")
    assert vic.post(f"{path}/resend").status == 403
    assert eve.get(path).status == 404
    assert eve.post(f"{path}/resend").status == 404
