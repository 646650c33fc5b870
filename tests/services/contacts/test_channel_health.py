"""A channel that is gone gets nothing more, and others hear of it, once."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Monitor
from models.delivery import DeliveryState
from services.contacts import channel_health
from services.errors import Conflict
from services.relay.claims import due
from tests.services.outage import EMAIL, NOW, SMS, beside, broken, notify, owner_of, watched
from tests.services.relaying import (
    GONE,
    REFUSED,
    fail,
    of_event,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
    tell_more,
)
from tests.services.relaying import notify as tell_groups


@pytest.fixture
def monitor(session: Session) -> Monitor:
    """One contact with a mailbox that is gone, and a phone; an owner with an account."""
    monitor = watched(session, EMAIL, SMS)
    owner_of(session, monitor.organization_id, "ada@example.org")
    return monitor


def channel_of(session: Session, kind: str) -> Channel:
    return session.scalars(
        select(Channel).where(Channel.kind == kind), execution_options={"populate_existing": True}
    ).one()


def lose_mailbox(session: Session, monitor: Monitor) -> tuple[dict[str, int], list[int]]:
    """Let the mailbox refuse an outage for good; return the deliveries by kind, and what is woken."""
    ids = tell_groups(session, broken(session, monitor))
    by_kind = {row(session, each).kind: each for each in ids}
    return by_kind, fail(session, taken(session, by_kind["email"]), GONE, seconds(1))


def test_a_channel_that_is_gone_is_disabled_with_the_reason(
    session: Session, monitor: Monitor
) -> None:
    lose_mailbox(session, monitor)
    mailbox = channel_of(session, "email")
    assert (mailbox.disabled_at, mailbox.disabled_reason) == (seconds(1), "No such mailbox.")
    assert channel_of(session, "sms").disabled_at is None


def test_the_owners_and_the_other_channels_of_the_contact_are_told(
    session: Session, monitor: Monitor
) -> None:
    _, woken = lose_mailbox(session, monitor)
    notices = of_event(session, AlertEvent.CHANNEL_DISABLED)
    assert [(each.kind, each.address) for each in notices] == [("email", "ada@example.org"), SMS]
    assert woken == [each.id for each in notices]
    alert = taken(session, notices[0].id, seconds(1)).alert
    assert (alert.cause, alert.organization_name) == ("No such mailbox.", "Test")
    assert alert.facts == (("Channel", "email ann@example.org"), ("Contact", "Ann"))


def test_a_channel_whose_owner_has_the_same_address_is_not_told_there(
    session: Session, monitor: Monitor
) -> None:
    owner_of(session, monitor.organization_id, "Ann@Example.org")
    lose_mailbox(session, monitor)
    notified = {each.address for each in of_event(session, AlertEvent.CHANNEL_DISABLED)}
    assert notified == {"ada@example.org", SMS[1]}


def test_what_waited_for_the_channel_becomes_dead_letters_and_nothing_more_is_written(
    session: Session, monitor: Monitor
) -> None:
    waiting = tell_groups(session, broken(session, beside(session, monitor)), now=NOW)
    by_kind, _ = lose_mailbox(session, monitor)
    dead = [each for each in waiting if row(session, each).kind == "email"]
    assert [row(session, each).last_error for each in dead] == [
        "The channel is disabled: No such mailbox."
    ]
    assert state_of(session, by_kind["sms"]) is DeliveryState.PENDING
    later = tell_groups(session, broken(session, beside(session, monitor)), now=seconds(2))
    assert [row(session, each).kind for each in later] == ["sms"]


def test_only_one_word_is_said_of_a_channel_that_is_gone_for_several_messages(
    session: Session, monitor: Monitor
) -> None:
    other = tell_groups(session, broken(session, beside(session, monitor)), now=NOW)
    mail = next(each for each in other if row(session, each).kind == "email")
    in_hand = taken(session, mail)
    lose_mailbox(session, monitor)
    assert fail(session, in_hand, GONE, seconds(2)) == []
    assert len(of_event(session, AlertEvent.CHANNEL_DISABLED)) == 2


def test_a_message_that_is_refused_disables_no_channel(session: Session, monitor: Monitor) -> None:
    ids = tell_groups(session, broken(session, monitor))
    fail(session, taken(session, ids[0]), REFUSED)
    assert channel_of(session, row(session, ids[0]).kind).disabled_at is None
    assert of_event(session, AlertEvent.CHANNEL_DISABLED) == []


def test_the_same_address_of_another_organization_stays_as_it_is(
    session: Session, monitor: Monitor
) -> None:
    (theirs,) = notify(session, watched(session), EMAIL)
    lose_mailbox(session, monitor)
    assert session.get_one(Channel, theirs.id, populate_existing=True).disabled_at is None


def test_an_account_that_cannot_be_reached_disables_nothing_and_tells_nobody(
    session: Session, monitor: Monitor
) -> None:
    lose_mailbox(session, monitor)
    account = of_event(session, AlertEvent.CHANNEL_DISABLED)[0]
    assert fail(session, taken(session, account.id, seconds(2)), GONE, seconds(3)) == []
    assert len(of_event(session, AlertEvent.CHANNEL_DISABLED)) == 2


def test_an_enabled_channel_is_told_again_and_disabled_with_new_word(
    session: Session, monitor: Monitor
) -> None:
    lose_mailbox(session, monitor)
    mailbox = channel_of(session, "email")
    channel_health.enable(session, mailbox, now=seconds(60))
    assert (mailbox.disabled_at, mailbox.disabled_reason) == (None, None)
    later = tell_groups(session, broken(session, beside(session, monitor)), now=seconds(61))
    mail = next(each for each in later if row(session, each).kind == "email")
    fail(session, taken(session, mail, seconds(61)), GONE, seconds(62))
    assert len(of_event(session, AlertEvent.CHANNEL_DISABLED)) == 4


def test_a_channel_that_works_cannot_be_enabled(session: Session, monitor: Monitor) -> None:
    del monitor
    with pytest.raises(Conflict):
        channel_health.enable(session, channel_of(session, "sms"), now=NOW)


def test_invariant_3_an_outage_told_before_the_channel_was_gone_owes_it_nothing(
    session: Session, monitor: Monitor
) -> None:
    incident = broken(session, monitor)
    ids = tell_groups(session, incident)
    for each in ids:
        send(session, each)
    other = tell_groups(session, broken(session, beside(session, monitor)), now=seconds(1))
    mail = next(each for each in other if row(session, each).kind == "email")
    fail(session, taken(session, mail, seconds(1)), GONE, seconds(2))
    assert [row(session, each).kind for each in tell_more(session, incident, now=seconds(3))] == [
        "sms"
    ]
    assert take(session, mail, seconds(10**6)) is None
    assert mail not in due(session, now=seconds(10**6), limit=99)
