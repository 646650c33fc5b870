"""Deleted channels are forgotten: what was secret first, and nothing that is still owed."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.settings import load
from models import Channel, Delivery, Incident, Monitor
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing
from services.contacts import channel_settings
from services.operations import retention
from services.operations.retention import CHANNELS_KEPT
from services.outbox.deliveries import record_opening
from services.outbox.recipients import Destination
from tests.services.outage import NOW, broken, end, watched
from tests.services.relaying import relay_settings, send, tell_more

LATER = NOW + CHANNELS_KEPT + timedelta(seconds=1)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watched(session)


@pytest.fixture
def channel(session: Session, monitor: Monitor) -> Channel:
    """Make a channel with a secret that was deleted."""
    channel = Channel(
        public_id=uuid.uuid4(),
        organization_id=monitor.organization_id,
        kind="slack",
        confirmed_at=NOW,
        deleted_at=NOW,
    )
    settings = channel_settings.read(
        "slack", {"url": "https://hooks.example/very-secret"}, policy=EgressPolicy()
    )
    ring = KeyRing.from_settings(load())
    channel_settings.put(session, channel, settings, ring=ring, now=NOW)
    session.add(channel)
    session.flush()
    return channel


@pytest.fixture
def notified(session: Session, monitor: Monitor, channel: Channel) -> Incident:
    """Let an outage have been told there before it was deleted."""
    incident = broken(session, monitor)
    recipient = Destination(channel.kind, channel.address, channel.id)
    (opening,) = record_opening(session, incident, [recipient], now=NOW)
    channel.deleted_at = None
    session.flush()
    send(session, opening, by=relay_settings(ring=KeyRing.from_settings(load())))
    channel.deleted_at = NOW
    session.flush()
    return incident


def secrets(session: Session) -> list[bytes | None]:
    session.expire_all()
    return list(session.scalars(select(Channel.ciphertext)))


def test_secrets_are_wiped_after_thirty_days_and_the_rest_stays_for_the_record(
    session: Session, notified: Incident
) -> None:
    end(session, notified, at=NOW)
    retention.forget_channels(session, now=LATER - timedelta(seconds=2))
    assert None not in secrets(session)
    retention.forget_channels(session, now=LATER)
    assert secrets(session) == [None]
    row = session.scalars(select(Channel)).one()
    assert (row.nonce, row.data_key_id, row.shown) == (None, None, {})
    assert row.address.startswith("hooks.example")


def test_invariant_3_an_outage_that_goes_on_can_still_be_told_as_over(
    session: Session, notified: Incident
) -> None:
    retention.forget_channels(session, now=LATER)
    assert None not in secrets(session)
    end(session, notified, at=LATER)
    tell_more(session, notified, now=LATER)
    retention.forget_channels(session, now=LATER)
    assert None not in secrets(session), "its end is on its way"


@pytest.mark.parametrize("written_to", [True, False])
def test_a_channel_is_forgotten_once_nothing_is_known_that_went_there(
    session: Session, notified: Incident, *, written_to: bool
) -> None:
    end(session, notified, at=NOW)
    if not written_to:
        session.execute(delete(Delivery))
    retention.forget_channels(session, now=LATER)
    assert len(secrets(session)) == written_to


def test_a_channel_that_is_there_keeps_its_secrets(session: Session, channel: Channel) -> None:
    channel.deleted_at = None
    session.flush()
    retention.forget_channels(session, now=LATER)
    assert None not in secrets(session)
    assert len(secrets(session)) == 1
