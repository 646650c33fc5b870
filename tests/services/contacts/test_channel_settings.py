"""Settings of channels: refused by field, sealed to their place, shown without what is secret."""

import json
import uuid
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import load
from models import Channel, DataKey, Organization
from notifiers.kind import ChannelSettings
from notifiers.registry import KINDS
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing, VaultError
from services.contacts import channel_settings
from services.errors import Conflict, Invalid
from tests.factories import organizations
from tests.notifiers.channels import BOT_TOKEN, channels

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PUBLIC, ANYWHERE = EgressPolicy(), EgressPolicy("any")
SECRET = "whsec_" + b64encode(b"s" * 32).decode()
NEW_SECRET = "whsec_" + b64encode(b"n" * 32).decode()
HOOK = {"url": "https://hooks.example/in?token=very-secret", "secret": SECRET}
QUICK = sorted(set(KINDS) - {"apprise"})


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.from_settings(load())


@pytest.fixture
def organization(session: Session) -> Organization:
    return organizations.organization(session)


def stored(
    session: Session, organization: Organization, ring: KeyRing, kind: str, fields: dict[str, Any]
) -> Channel:
    channel = Channel(public_id=uuid.uuid4(), organization_id=organization.id, kind=kind)
    settings = channel_settings.read(kind, fields, policy=ANYWHERE)
    channel_settings.put(session, channel, settings, ring=ring, now=NOW)
    session.add(channel)
    session.flush()
    return channel


def problems(
    kind: str, fields: dict[str, Any], policy: EgressPolicy = PUBLIC
) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        channel_settings.read(kind, fields, policy=policy, at="channels.0.settings")
    return caught.value.problems


@pytest.mark.parametrize("kind", QUICK)
def test_a_channel_of_each_kind_is_stored_and_opened_to_send(
    session: Session, organization: Organization, ring: KeyRing, kind: str
) -> None:
    given = channels("https://hooks.example")[kind]
    fields = dict(given.settings) or {"address": given.address}
    channel = stored(session, organization, ring, kind, fields)
    opened = channel_settings.destination(session, channel, ring, now=NOW)
    assert opened.address == channel.address
    assert {**fields, **opened.settings} == {**opened.settings, **fields}
    assert (channel.ciphertext is None) == (not given.settings)
    assert "very-secret" not in json.dumps(channel.shown) + channel.address


def test_what_is_secret_is_shown_by_its_fingerprint(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    shown = stored(session, organization, ring, "webhook", HOOK).shown
    assert shown["url"]["set"] is True
    assert len(shown["secret"]["fingerprint"]) == 8
    assert shown["old_secret"] == {"set": False}
    assert shown["public_key"].startswith("whpk_")
    assert shown["content_type"] == "application/json"


def test_the_same_url_has_the_same_address_in_one_organization_and_not_in_another(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    other = organizations.organization(session)
    first, again, others = (
        stored(session, each, ring, "webhook", HOOK).address
        for each in (organization, organization, other)
    )
    assert first == again != others
    assert first.startswith("hooks.example (")


def test_a_channel_without_secrets_needs_no_key(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    channel = stored(session, organization, ring, "email", {"address": "ann@Bücher.example"})
    assert channel.address == "ann@xn--bcher-kva.example"
    assert session.scalar(select(func.count()).select_from(DataKey)) == 0


def test_what_is_sealed_opens_only_in_its_place(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    channel = stored(session, organization, ring, "webhook", HOOK)
    for name, value in (("kind", "slack"), ("version", 9), ("public_id", uuid.uuid4())):
        before = getattr(channel, name)
        setattr(channel, name, value)
        with pytest.raises(VaultError):
            channel_settings.destination(session, channel, ring, now=NOW)
        setattr(channel, name, before)
    assert (
        channel_settings.destination(session, channel, ring, now=NOW).settings["secret"] == SECRET
    )


def changed(
    session: Session, channel: Channel, ring: KeyRing, changes: dict[str, Any]
) -> ChannelSettings:
    settings = channel_settings.changed(session, channel, changes, ring=ring, policy=PUBLIC)
    later = NOW + timedelta(days=1)
    channel_settings.put(session, channel, settings, ring=ring, now=later)
    session.flush()
    return settings


def test_a_secret_that_is_replaced_stays_good_as_the_old_one(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    channel = stored(session, organization, ring, "webhook", HOOK)
    before = dict(channel.shown)
    changed(session, channel, ring, {"secret": NEW_SECRET})
    opened = channel_settings.destination(session, channel, ring, now=NOW).settings
    assert (opened["secret"], opened["old_secret"]) == (NEW_SECRET, SECRET)
    assert opened["url"] == HOOK["url"]
    assert channel.shown["url"] == before["url"]
    assert channel.shown["secret"]["updated_at"] > before["secret"]["updated_at"]
    assert channel.version == 2


def test_an_old_secret_ends_when_it_is_taken_away(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    channel = stored(session, organization, ring, "webhook", HOOK)
    changed(session, channel, ring, {"secret": NEW_SECRET})
    changed(session, channel, ring, {"old_secret": None})
    assert channel.shown["old_secret"] == {"set": False}
    assert channel.shown["secret"]["set"] is True


def test_a_key_of_ours_is_renewed_by_taking_it_away(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    channel = stored(session, organization, ring, "webhook", HOOK)
    before = channel.shown["public_key"]
    key = channel_settings.destination(session, channel, ring, now=NOW).settings["signing_key"]
    changed(session, channel, ring, {"signing_key": None})
    opened = channel_settings.destination(session, channel, ring, now=NOW).settings
    assert opened["old_signing_key"] == key != opened["signing_key"]
    assert channel.shown["public_key"] != before


def test_a_channel_that_cannot_be_read_any_more_says_so(
    session: Session, organization: Organization, ring: KeyRing
) -> None:
    channel = stored(session, organization, ring, "webhook", HOOK)
    channel.ciphertext = b"x" * 40
    with pytest.raises(Conflict, match="no longer be decrypted"):
        changed(session, channel, ring, {"secret": NEW_SECRET})


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("email", {"address": "nobody"}, "address"),
        ("email", {}, "address"),
        ("sms", {"address": "112"}, "address"),
        ("voice", {"address": "+49"}, "address"),
        ("sms", {"address": 7}, "address"),
        ("telegram", {"chat_id": "42", "bot_token": "very-secret"}, "bot_token"),
        ("telegram", {"bot_token": BOT_TOKEN}, "chat_id"),
        ("webhook", {"url": "very-secret"}, "url"),
        ("webhook", {"url": "http://hooks.example/very-secret"}, "url"),
        ("webhook", {"url": "https://10.0.0.1/very-secret"}, "url"),
        ("webhook", {"url": "https://metadata.internal/very-secret"}, "url"),
        ("webhook", {"url": "https://h.example/", "secret": "very-secret"}, "secret"),
        ("webhook", {"url": "https://h.example/", "content_type": "x/y"}, "content_type"),
        ("slack", {"url": "https://h.example/", "colour": "very-secret"}, "colour"),
        ("teams", {"url": None}, "url"),
        ("discord", {"url": "https://discord.com/very-secret"}, "url"),
        ("pagerduty", {"routing_key": "very-secret"}, "routing_key"),
        ("apprise", {"url": "file:///very-secret"}, "url"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field_and_not_repeated(
    kind: str, fields: dict[str, Any], field: str
) -> None:
    found = problems(kind, fields)
    assert list(found) == [f"channels.0.settings.{field}"]
    assert "very-secret" not in str(found)


def test_a_kind_that_there_is_not_is_refused() -> None:
    assert list(problems("pigeon", {})) == ["channels.0.settings"]


def test_private_addresses_are_taken_where_the_policy_is_any() -> None:
    taken = channel_settings.read("webhook", {"url": "http://10.0.0.1:9000/x"}, policy=ANYWHERE)
    assert taken.address_of(lambda _: "print") == "10.0.0.1:9000 (print)"


def test_the_addresses_of_persons_are_to_be_confirmed() -> None:
    kinds = {kind for kind in KINDS if channel_settings.needs_confirmation(kind)}
    assert kinds == {"email", "sms", "voice", "telegram"}
