"""How often an address may be asked to confirm: nobody can use us to pester somebody else."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from models import Channel, Contact, Delivery, Organization
from services import confirmations
from services.confirmations import (
    DAILY_BY_ADDRESS,
    DAILY_BY_ORGANIZATION,
    HOURLY_BY_CHANNEL,
)
from services.errors import Conflict, TooMany
from tests.factories.organizations import organization

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def added(
    session: Session, owner: Organization, address: str = "ann@example.org", *, now: datetime = NOW
) -> Channel:
    """Give a new contact a mail address, as the API does."""
    contact = Contact(organization_id=owner.id, name="Ann")
    session.add(contact)
    session.flush()
    channel = Channel(
        organization_id=owner.id, contact_id=contact.id, kind="email", address=address
    )
    session.add(channel)
    session.flush()
    confirmations.begin(session, [channel], now=now)
    return channel


def questions(session: Session) -> int:
    query = select(func.count()).where(Delivery.event == AlertEvent.CONFIRM)
    return session.scalars(query).one()


def test_a_channel_is_asked_three_times_an_hour(session: Session) -> None:
    channel = added(session, organization(session))
    for _ in range(HOURLY_BY_CHANNEL - 1):
        confirmations.ask_again(session, channel, now=NOW + SECOND * questions(session))
    with pytest.raises(TooMany) as refused:
        confirmations.ask_again(session, channel, now=NOW + SECOND * 10)
    assert refused.value.retry_after == timedelta(hours=1) - SECOND * 10
    confirmations.ask_again(session, channel, now=NOW + timedelta(hours=1))
    assert questions(session) == HOURLY_BY_CHANNEL + 1


def test_deleting_a_channel_gives_no_new_questions(session: Session) -> None:
    owner = organization(session)
    for count in range(HOURLY_BY_CHANNEL + 2):
        channel = added(session, owner, now=NOW + SECOND * count)
        channel.deleted_at = NOW
    assert questions(session) == HOURLY_BY_CHANNEL
    assert channel.confirmation_sent_at is None


def test_an_address_is_asked_twenty_times_a_day_by_all_organizations(session: Session) -> None:
    for count in range(DAILY_BY_ADDRESS):
        address = "Ann@example.org" if count % 2 else "ann@example.org"
        added(session, organization(session), address, now=NOW + SECOND * count)
    late = NOW + timedelta(hours=23)
    channel = added(session, organization(session), now=late)
    assert (channel.confirmed_at, channel.confirmation_sent_at) == (None, None)
    with pytest.raises(TooMany) as refused:
        confirmations.ask_again(session, channel, now=late)
    assert refused.value.retry_after == timedelta(hours=1)
    other = added(session, organization(session), "bob@example.org", now=late)
    assert other.confirmation_sent_at == late
    confirmations.ask_again(session, channel, now=NOW + timedelta(days=1))
    assert questions(session) == DAILY_BY_ADDRESS + 2


def test_an_organization_cannot_ask_the_whole_world(session: Session) -> None:
    owner, other = organization(session), organization(session)
    rows = [
        {
            "public_id": uuid.uuid4(),
            "organization_id": owner.id,
            "about": f"channel/{number}/confirm",
            "event": AlertEvent.CONFIRM,
            "kind": "email",
            "address": f"a{number}@example.org",
            "next_attempt_at": NOW,
            "created_at": NOW,
        }
        for number in range(DAILY_BY_ORGANIZATION)
    ]
    session.execute(insert(Delivery), rows)
    assert added(session, owner).confirmation_sent_at is None
    assert added(session, other).confirmation_sent_at == NOW


def test_what_needs_no_answer_is_confirmed_when_made(session: Session) -> None:
    owner = organization(session)
    channel = Channel(organization_id=owner.id, kind="slack", address="hooks.example (0)")
    session.add(channel)
    session.flush()
    confirmations.begin(session, [channel], now=NOW)
    assert (channel.confirmed_at, questions(session)) == (NOW, 0)
    with pytest.raises(Conflict):
        confirmations.ask_again(session, channel, now=NOW)


def test_a_disabled_channel_is_not_asked(session: Session) -> None:
    channel = added(session, organization(session))
    channel.disabled_at = NOW
    with pytest.raises(Conflict, match="Enable it first"):
        confirmations.ask_again(session, channel, now=NOW)


def test_two_at_once_do_not_ask_once_too_often(committed: Engine) -> None:
    with Session(committed) as first, Session(committed) as second:
        channel_id = added(first, organization(first)).id
        for count in range(1, HOURLY_BY_CHANNEL - 1):
            channel = first.get_one(Channel, channel_id)
            confirmations.ask_again(first, channel, now=NOW + SECOND * count)
        first.commit()
        channel = first.get_one(Channel, channel_id)
        confirmations.ask_again(first, channel, now=NOW + SECOND * 10)
        # The second has to wait for the first, however long that takes.
        second.connection().exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            confirmations.ask_again(
                second, second.get_one(Channel, channel_id), now=NOW + SECOND * 11
            )
        second.rollback()
        first.commit()
        with pytest.raises(TooMany):
            confirmations.ask_again(
                second, second.get_one(Channel, channel_id), now=NOW + SECOND * 12
            )
