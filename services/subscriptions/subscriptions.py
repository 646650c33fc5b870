"""Event subscriptions: a URL, the events posted there, and the keys that sign them."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from pydantic import SecretStr
from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from models import Channel, Delivery, EventSubscription
from notifiers.webhook import signature as webhook_signature
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing
from services import locks, quotas
from services.contacts import channel_health, channel_settings
from services.errors import Conflict, Invalid
from services.events import emit as events
from services.events import schemas as event_schemas
from services.outbox import history as delivery_history
from services.outbox.history import DeliveryView
from services.subscriptions.views import SubscriptionView, existing

_TURN = "event-subscriptions"
"""Serializes lookups of a URL with concurrent changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionValues:
    """Without a `secret`, one is generated."""

    name: str
    url: str
    events: Sequence[str]
    secret: str | None = None


class SubscriptionChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    url: str
    events: Sequence[str]


@dataclass(frozen=True, slots=True)
class Vault:
    """What stores a URL: the key ring that seals it, and the egress policy that it has to pass."""

    ring: KeyRing
    policy: EgressPolicy


def create(
    session: Session,
    organization_id: int,
    values: SubscriptionValues,
    *,
    vault: Vault,
    now: datetime,
) -> SubscriptionView:
    """Create a subscription; only this view shows the signing secret.

    Raise `Conflict` if the quota is used up or another subscription has this URL. Raise `Invalid`
    for wrong values.
    """
    locks.take_change(session, organization_id, _TURN)
    quotas.take(session, organization_id, "event_subscriptions")
    secret = values.secret or webhook_signature.new_secret().get_secret_value()
    channel = _webhook(session, organization_id, values.url, secret, vault=vault, now=now)
    subscription = EventSubscription(
        organization_id=organization_id,
        name=values.name,
        events=_distinct(values.events),
        channel_id=channel.id,
        created_at=now,
        updated_at=now,
    )
    session.add(subscription)
    session.flush()
    _refuse_duplicate(session, subscription, channel)
    return SubscriptionView(subscription, channel, SecretStr(secret))


def change(
    session: Session,
    organization_id: int,
    subscription_id: uuid.UUID,
    changes: SubscriptionChanges,
    *,
    vault: Vault,
    now: datetime,
) -> SubscriptionView:
    """Change the given fields. Waiting events are posted to the new URL."""
    view = existing(session, organization_id, subscription_id, locked=True)
    if "url" in changes:
        locks.take_change(session, organization_id, _TURN)
        _change_channel(session, view.channel, {"url": changes["url"]}, vault, now)
        session.flush()
        _refuse_duplicate(session, view.subscription, view.channel)
    view.subscription.name = changes.get("name", view.subscription.name)
    view.subscription.events = _distinct(changes.get("events", view.subscription.events))
    view.subscription.updated_at = now
    session.flush()
    return view


def delete(
    session: Session, organization_id: int, subscription_id: uuid.UUID, *, now: datetime
) -> None:
    """Delete a subscription; waiting events are not posted any more."""
    view = existing(session, organization_id, subscription_id, locked=True)
    view.channel.deleted_at = now
    session.execute(
        delete_rows(EventSubscription).where(EventSubscription.id == view.subscription.id)
    )


def rotate(
    session: Session,
    organization_id: int,
    subscription_id: uuid.UUID,
    *,
    vault: Vault,
    now: datetime,
    overlap: timedelta = channel_settings.USUAL_OVERLAP,
) -> SubscriptionView:
    """Generate a new secret and key; the previous ones also sign until the overlap ends."""
    view = existing(session, organization_id, subscription_id, locked=True)
    secret = webhook_signature.new_secret()
    changes = {"secret": secret.get_secret_value(), "signing_key": None}
    _change_channel(session, view.channel, changes, vault, now, overlap)
    return SubscriptionView(view.subscription, view.channel, secret)


def end_rotation(
    session: Session,
    organization_id: int,
    subscription_id: uuid.UUID,
    *,
    vault: Vault,
    now: datetime,
) -> SubscriptionView:
    """End the overlap: only the new secret and the new key sign from now on."""
    view = existing(session, organization_id, subscription_id, locked=True)
    changes = {"old_secret": None, "old_signing_key": None}
    _change_channel(session, view.channel, changes, vault, now)
    return view


def enable(
    session: Session, organization_id: int, subscription_id: uuid.UUID, *, now: datetime
) -> SubscriptionView:
    """Enable a subscription; dead letters stay dead, and can be resent one by one.

    Raise `Conflict` if it is not disabled.
    """
    view = existing(session, organization_id, subscription_id, locked=True)
    if view.channel.disabled_at is None:
        raise Conflict("This subscription is not disabled.")
    channel_health.enable(session, view.channel, now=now)
    # Earlier failures do not count any more (services/subscriptions/failing.py).
    view.subscription.updated_at = now
    session.flush()
    return view


def try_out(
    session: Session, organization_id: int, subscription_id: uuid.UUID, *, now: datetime
) -> DeliveryView:
    """Post a test event to this subscription only, whatever its events are."""
    view = existing(session, organization_id, subscription_id)
    if view.channel.disabled_at is not None:
        raise Conflict("This subscription is disabled. Enable it first.")
    (written,) = events.write(
        session,
        organization_id,
        "subscription.test",
        event_schemas.TestEvent(subscription=view.subscription.public_id),
        [events.recipient(view.channel)],
        event_id=uuid.uuid4(),
        now=now,
    )
    delivery = session.get_one(Delivery, written)
    return delivery_history.find(session, organization_id, delivery.public_id)


def _change_channel(
    session: Session,
    channel: Channel,
    changes: Mapping[str, Any],
    vault: Vault,
    now: datetime,
    overlap: timedelta = channel_settings.USUAL_OVERLAP,
) -> None:
    with _named_as_given():
        settings = channel_settings.changed(
            session, channel, changes, ring=vault.ring, policy=vault.policy
        )
    channel_settings.put(session, channel, settings, ring=vault.ring, now=now, overlap=overlap)


@contextmanager
def _named_as_given() -> Iterator[None]:
    """Report wrong fields under the names that subscriptions use."""
    try:
        yield
    except Invalid as invalid:
        problems = {
            path.removeprefix("settings."): texts for path, texts in invalid.problems.items()
        }
        raise Invalid(problems) from None


def _webhook(
    session: Session, organization_id: int, url: str, secret: str, *, vault: Vault, now: datetime
) -> Channel:
    channel = Channel(
        organization_id=organization_id,
        public_id=uuid.uuid4(),
        kind=channel_kind.WEBHOOK,
        confirmed_at=now,
        created_at=now,
    )
    with _named_as_given():
        given = {"url": url, "secret": secret}
        settings = channel_settings.read(channel.kind, given, policy=vault.policy)
    channel_settings.put(session, channel, settings, ring=vault.ring, now=now)
    session.add(channel)
    session.flush()
    return channel


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _refuse_duplicate(session: Session, subscription: EventSubscription, channel: Channel) -> None:
    """Raise `Conflict` for a URL that has a subscription: only one of both would get each event."""
    duplicate = session.scalars(
        select(EventSubscription.id)
        .join(Channel, Channel.id == EventSubscription.channel_id)
        .where(
            EventSubscription.organization_id == subscription.organization_id,
            EventSubscription.id != subscription.id,
            Channel.address == channel.address,
        )
        .limit(1)
    ).first()
    if duplicate is not None:
        raise Conflict("An event subscription for this URL already exists.", field="url")
