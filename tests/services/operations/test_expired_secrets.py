"""A secret that was replaced signs for a while, then no more, and then it is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Channel
from services.contacts import channel_settings
from services.operations import retention
from services.subscriptions import subscriptions
from tests.factories import organizations
from tests.services.outage import NOW
from tests.services.subscribing import subscribe, vault

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
FORMER = ["old_secret", "old_signing_key"]


def rotated(session: Session, overlap: timedelta = DAY) -> Channel:
    """Subscribe, and renew the secret and the key now."""
    view = subscribe(session, organizations.organization(session).id)
    place = (view.subscription.organization_id, view.subscription.public_id)
    subscriptions.rotate(session, *place, vault=vault(), now=NOW, overlap=overlap)
    session.flush()
    return view.channel


def signing(session: Session, channel: Channel, now: datetime) -> Sequence[str]:
    """Return which former secrets sign what is posted now."""
    opened = channel_settings.destination(session, channel, vault().ring, now=now)
    return [name for name in FORMER if opened.settings.get(name)]


def forget(session: Session, now: datetime) -> None:
    for channel_id in retention.channels_with_expired_secrets(session, now=now):
        retention.forget_channel_secret(session, channel_id, ring=vault().ring, now=now)
    session.flush()
    session.expire_all()


@pytest.mark.parametrize("overlap", [DAY, HOUR, timedelta(0)])
def test_former_secrets_sign_until_their_time_is_over_and_not_longer(
    session: Session, overlap: timedelta
) -> None:
    channel = rotated(session, overlap)
    end = NOW + overlap
    assert channel.previous_until == end
    assert signing(session, channel, end - SECOND) == FORMER
    assert signing(session, channel, end) == []


def test_they_are_deleted_when_their_time_is_over_and_what_is_good_stays(session: Session) -> None:
    channel, later = rotated(session, HOUR), rotated(session, 2 * HOUR)
    before, updated_at = dict(channel.shown), later.updated_at
    forget(session, NOW + HOUR - SECOND)
    assert channel.shown == before
    forget(session, NOW + HOUR)
    assert channel.previous_until is None
    assert [channel.shown[name] for name in FORMER] == [{"set": False}] * 2
    assert channel.shown["secret"] == before["secret"]
    assert channel.shown["public_key"] == before["public_key"]
    assert signing(session, channel, NOW) == []
    assert (signing(session, later, NOW), later.updated_at) == (FORMER, updated_at)


def test_a_second_rotation_gives_the_ones_before_their_whole_time_again(session: Session) -> None:
    channel = rotated(session, HOUR)
    changes = {"signing_key": None}
    settings = channel_settings.changed(
        session, channel, changes, ring=vault().ring, policy=vault().policy
    )
    channel_settings.put(session, channel, settings, ring=vault().ring, now=NOW + HOUR / 2)
    assert channel.previous_until == NOW + HOUR / 2 + DAY
    settings = channel_settings.changed(
        session, channel, {"content_type": "text/plain"}, ring=vault().ring, policy=vault().policy
    )
    channel_settings.put(session, channel, settings, ring=vault().ring, now=NOW + DAY)
    assert channel.previous_until == NOW + HOUR / 2 + DAY


def test_what_was_rotated_before_there_was_an_end_gets_one(session: Session) -> None:
    endless, never = rotated(session), subscribe(session, organizations.organization(session).id)
    endless.previous_until = None
    session.flush()
    forget(session, NOW + 9 * DAY)
    assert endless.previous_until == NOW + 10 * DAY
    assert never.channel.previous_until is None
    assert signing(session, endless, NOW + 9 * DAY) == FORMER
    forget(session, NOW + 10 * DAY)
    assert signing(session, endless, NOW) == []


def test_a_deleted_channel_whose_secrets_were_wiped_is_no_trouble(session: Session) -> None:
    channel = rotated(session)
    channel.ciphertext = channel.nonce = channel.data_key_id = None
    channel.shown = {}
    session.flush()
    forget(session, NOW + 2 * DAY)
    assert session.scalars(select(Channel.previous_until)).one() is None
