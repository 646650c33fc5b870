"""How often an address may be asked to confirm: nobody can use us to pester somebody else."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Contact, Delivery, Organization
from security.links import Subject
from services.contacts import opt_in, unsubscriptions
from services.contacts.opt_in import DAILY_BY_ADDRESS, DAILY_BY_ORGANIZATION, HOURLY_BY_CHANNEL
from services.errors import Conflict, TooMany
from services.outbox import deliveries
from services.outbox.recipients import Destination
from tests.factories.organizations import organization
from tests.services.waiting import until_somebody_waits

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def added(
    session: Session,
    owner: Organization,
    address: str = "ann@example.org",
    *,
    kind: str = "email",
    now: datetime = NOW,
) -> Channel:
    """Give a new contact an address, as the API does."""
    contact = Contact(organization_id=owner.id, name="Ann")
    session.add(contact)
    session.flush()
    channel = Channel(organization_id=owner.id, contact_id=contact.id, kind=kind, address=address)
    session.add(channel)
    session.flush()
    opt_in.begin(session, [channel], now=now)
    return channel


def questions(session: Session) -> int:
    query = select(func.count()).where(Delivery.event == AlertEvent.CONFIRM)
    return session.scalars(query).one()


def test_a_channel_is_asked_three_times_an_hour(session: Session) -> None:
    channel = added(session, organization(session))
    for _ in range(HOURLY_BY_CHANNEL - 1):
        opt_in.ask_again(session, channel, now=NOW + SECOND * questions(session))
    with pytest.raises(TooMany) as refused:
        opt_in.ask_again(session, channel, now=NOW + SECOND * 10)
    assert refused.value.retry_after == timedelta(hours=1) - SECOND * 10
    opt_in.ask_again(session, channel, now=NOW + timedelta(hours=1))
    assert questions(session) == HOURLY_BY_CHANNEL + 1


def test_deleting_a_channel_gives_no_new_questions(session: Session) -> None:
    owner = organization(session)
    for count in range(HOURLY_BY_CHANNEL + 2):
        channel = added(session, owner, now=NOW + SECOND * count)
        channel.deleted_at = NOW
    assert questions(session) == HOURLY_BY_CHANNEL
    assert channel.confirmation_sent_at is None


def test_other_letters_in_an_address_give_no_new_questions(session: Session) -> None:
    owner = organization(session)
    for count, address in enumerate(("ann@example.org", "Ann@example.org", "ANN@example.org")):
        assert added(session, owner, address, now=NOW + SECOND * count).confirmation_sent_at
    assert added(session, owner, "aNN@example.org", now=NOW).confirmation_sent_at is None


def test_other_messages_to_an_address_are_no_questions(session: Session) -> None:
    owner = organization(session)
    channel = added(session, owner)
    place = [Destination(channel.kind, channel.address, channel.id)]
    for count in range(DAILY_BY_ADDRESS):
        deliveries.record(
            session,
            organization_id=owner.id,
            dedup_key=f"channel/{channel.id}/test/{count}",
            event=AlertEvent.TEST,
            channels=place,
            now=NOW,
        )
    opt_in.ask_again(session, channel, now=NOW + SECOND)
    assert questions(session) == 2


def test_an_address_is_asked_twenty_times_a_day_by_all_organizations(session: Session) -> None:
    for count in range(DAILY_BY_ADDRESS):
        address = "Ann@example.org" if count % 2 else "ann@example.org"
        added(session, organization(session), address, now=NOW + SECOND * count)
    late = NOW + timedelta(hours=23)
    channel = added(session, organization(session), now=late)
    assert (channel.confirmed_at, channel.confirmation_sent_at) == (None, None)
    with pytest.raises(TooMany) as refused:
        opt_in.ask_again(session, channel, now=late)
    assert refused.value.retry_after == timedelta(hours=1)
    other = added(session, organization(session), "bob@example.org", now=late)
    assert other.confirmation_sent_at == late
    opt_in.ask_again(session, channel, now=NOW + timedelta(days=1))
    assert questions(session) == DAILY_BY_ADDRESS + 2


@pytest.mark.abuse(83)
def test_tags_in_an_address_give_one_mailbox_no_more_questions(session: Session) -> None:
    owner = organization(session)
    for count in range(DAILY_BY_ADDRESS):
        address = f"Ann+{count}+x@example.org"
        channel = added(session, owner, address, now=NOW + SECOND * count)
        assert channel.confirmation_sent_at is not None
    late = NOW + timedelta(hours=23)
    for address in ("ann+new@example.org", "ann@example.org"):
        channel = added(session, owner, address, now=late)
        assert (channel.confirmed_at, channel.confirmation_sent_at) == (None, None)
        with pytest.raises(TooMany) as refused:
            opt_in.ask_again(session, channel, now=late)
        assert refused.value.retry_after == timedelta(hours=1)
    for address in ("anna+new@example.org", "ann+new@example.net"):
        assert added(session, owner, address, now=late).confirmation_sent_at == late
    assert added(session, organization(session), "ann@example.org", now=late).confirmation_sent_at


def test_a_number_is_asked_however_many_others_begin_alike(session: Session) -> None:
    owner = organization(session)
    for count in range(DAILY_BY_ADDRESS + 1):
        channel = added(session, owner, f"+4915112345{count:03}", kind="sms")
        assert channel.confirmation_sent_at == NOW


def test_an_organization_cannot_ask_the_whole_world(session: Session) -> None:
    owner, other = organization(session), organization(session)
    rows = [
        {
            "public_id": uuid.uuid4(),
            "organization_id": owner.id,
            "dedup_key": f"channel/{number}/confirm",
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
    opt_in.begin(session, [channel], now=NOW)
    assert (channel.confirmed_at, questions(session)) == (NOW, 0)
    with pytest.raises(Conflict):
        opt_in.ask_again(session, channel, now=NOW)


def test_a_disabled_channel_is_not_asked(session: Session) -> None:
    channel = added(session, organization(session))
    channel.disabled_at = NOW
    with pytest.raises(Conflict, match="Enable it first"):
        opt_in.ask_again(session, channel, now=NOW)


def test_two_at_once_do_not_ask_once_too_often(committed: Engine) -> None:
    with Session(committed) as first, Session(committed) as second:
        channel_id = added(first, organization(first)).id
        for count in range(1, HOURLY_BY_CHANNEL - 1):
            channel = first.get_one(Channel, channel_id)
            opt_in.ask_again(first, channel, now=NOW + SECOND * count)
        first.commit()
        channel = first.get_one(Channel, channel_id)
        opt_in.ask_again(first, channel, now=NOW + SECOND * 10)
        # The second has to wait for the first, however long that takes.
        second.connection().exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            opt_in.ask_again(second, second.get_one(Channel, channel_id), now=NOW + SECOND * 11)
        second.rollback()
        first.commit()
        with pytest.raises(TooMany):
            opt_in.ask_again(second, second.get_one(Channel, channel_id), now=NOW + SECOND * 12)


def test_who_unsubscribes_is_not_taken_for_one_that_agrees_by_who_adds_the_address_just_then(
    committed: Engine,
) -> None:
    with Session(committed) as reader, Session(committed) as member:
        channel = added(reader, owner := organization(reader))
        channel.confirmed_at = NOW
        subject = Subject(organization_id=owner.public_id, id=channel.public_id)
        reader.commit()
        unsubscriptions.accept(reader, subject, now=NOW)
        # Who adds it waits for the reader, and then has to ask.
        member.connection().exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            added(member, member.get_one(Organization, owner.id))
        member.rollback()
        reader.commit()
        assert added(member, member.get_one(Organization, owner.id)).confirmed_at is None
        member.rollback()
        # The other way round the reader waits for who adds it, and ends that, too.
        channel = added(member, member.get_one(Organization, owner.id))
        reader.connection().exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            unsubscriptions.accept(reader, subject, now=NOW)
        reader.rollback()
        member.commit()
        unsubscriptions.accept(reader, subject, now=NOW)
        reader.commit()
        member.refresh(channel)
        assert channel.disabled_reason == unsubscriptions.REASON


def test_who_unsubscribes_and_who_asks_again_do_not_wait_for_each_other(committed: Engine) -> None:
    def unsubscribe() -> None:
        with Session(committed) as reader, reader.begin():
            unsubscriptions.accept(reader, subject, now=NOW)

    with ThreadPoolExecutor(1) as pool, Session(committed) as member:
        channel = added(member, owner := organization(member))
        subject = Subject(organization_id=owner.public_id, id=channel.public_id)
        member.commit()
        member.refresh(channel, with_for_update={"key_share": True})
        reader = pool.submit(unsubscribe)
        until_somebody_waits(committed)
        opt_in.ask_again(member, channel, now=NOW + SECOND)
        member.commit()
        reader.result(timeout=20)
        member.refresh(channel)
        assert channel.disabled_reason == unsubscriptions.REASON
