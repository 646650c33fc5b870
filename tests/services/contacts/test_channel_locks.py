"""Edits of one channel at the same time: by itself, and with all the others of its contact."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.settings import load
from domain.alerting import channel_kind
from models import Channel, Contact
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing
from services.contacts import channel_settings, channels, contacts
from services.contacts.channels import ChannelValues
from services.contacts.contacts import ContactValues
from services.contacts.limits import ContactLimits
from tests.factories.organizations import organization
from tests.services.waiting import while_open

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
URL = "https://hooks.example/in"
SECRET, NEW_SECRET = ("whsec_" + b64encode(sign * 32).decode() for sign in (b"s", b"n"))


def limits() -> ContactLimits:
    return ContactLimits(ring=KeyRing.from_settings(load()), policy=EgressPolicy("any"))


def hook(**more: str) -> ChannelValues:
    return ChannelValues(kind=channel_kind.WEBHOOK, settings={"url": URL, **more})


@pytest.fixture
def contact(committed: Engine) -> Contact:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        values = ContactValues(name="Ann", channels=[hook(secret=SECRET)])
        return contacts.create(session, organization(session).id, values, limits=limits(), now=NOW)


def given_again(engine: Engine, contact: Contact, *wanted: ChannelValues) -> None:
    with Session(engine) as session, session.begin():
        place = (contact.organization_id, contact.public_id)
        contacts.change(session, *place, {"channels": wanted}, limits=limits(), now=NOW)


def during(
    engine: Engine, act: Callable[[Session, Channel], Any], later: Callable[[], Any]
) -> None:
    """Act on the channel; let another begin while that is not committed, and go on after it."""
    with while_open(engine, later) as (session, waiting):
        act(session, session.scalars(select(Channel)).one())
    waiting.result(timeout=20)


@pytest.mark.committed
def test_a_secret_that_was_replaced_meanwhile_is_not_put_back(
    committed: Engine, contact: Contact
) -> None:
    during(
        committed,
        lambda session, channel: channels.change(
            session, channel, {"secret": NEW_SECRET}, limits=limits(), now=NOW
        ),
        lambda: given_again(committed, contact, hook(content_type="text/plain")),
    )
    with Session(committed) as session:
        channel = session.scalars(select(Channel)).one()
        opened = channel_settings.destination(session, channel, limits().ring, now=NOW).settings
    assert (opened["secret"], opened["old_secret"]) == (NEW_SECRET, SECRET)
    assert opened["content_type"] == "text/plain"


@pytest.mark.committed
def test_a_channel_that_was_deleted_meanwhile_is_a_new_one_where_it_is_wanted(
    committed: Engine, contact: Contact
) -> None:
    during(
        committed,
        lambda session, channel: channels.delete(session, channel, now=NOW),
        lambda: given_again(committed, contact, hook(content_type="text/plain")),
    )
    with Session(committed) as session:
        gone, new = session.scalars(select(Channel).order_by(Channel.id)).all()
        assert (gone.deleted_at, new.deleted_at) == (NOW, None)
        assert new.shown["content_type"] == "text/plain"
