"""Deletes expired rows of all organizations that no other code deletes.

docs/reference/retention.md lists how long the rows of each table are kept, and what deletes them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, inspect, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from models import (
    AcknowledgeToken,
    ApiKey,
    Base,
    BlindSpan,
    Channel,
    Delivery,
    DispatchStall,
    Heartbeat,
    Incident,
    MaintenanceSpan,
    MaintenanceWindow,
    Monitor,
    OnCallOverride,
    Schedule,
    ServiceAccount,
    SigningKey,
    TextDay,
    TextDayTotal,
    TextUsage,
)
from models.delivery import OPEN
from models.signing_key import SigningKeyState
from security.vault import KeyRing
from services.contacts import channel_settings
from services.contacts.channel_settings import USUAL_OVERLAP
from services.time_range import HISTORY

KEPT = timedelta(days=400)
"""A year, and time to look back at it, as for deliveries."""

_USUAL_BATCH = 1000
_WITH_MUCH_BEHIND = 10
"""For rows whose deletion cascades to many others."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The expired rows of a table; one transaction deletes `batch` of them."""

    table: type[Base]
    over: Callable[[datetime], ColumnElement[bool]]
    batch: int = _USUAL_BATCH


def _incidents(now: datetime) -> ColumnElement[bool]:
    """Select the last incident of a chain first: the earlier ones become selectable afterwards."""
    follower = aliased(Incident)
    followed = exists().where(follower.follows_id == Incident.id)
    return (Incident.ended_at < now - HISTORY) & ~followed


def _windows(now: datetime) -> ColumnElement[bool]:
    """Select windows without spans: a span needs its window to explain the maintenance."""
    is_over = MaintenanceWindow.spanned_until.is_(None) & (
        MaintenanceWindow.updated_at < now - HISTORY
    )
    spanned = exists().where(MaintenanceSpan.maintenance_window_id == MaintenanceWindow.id)
    return or_(MaintenanceWindow.deleted_at < now - KEPT, is_over) & ~spanned


def _signing_keys(now: datetime) -> ColumnElement[bool]:
    revoked = SigningKey.state == SigningKeyState.REVOKED
    return revoked & (SigningKey.changed_at < now - KEPT)


RULES: Mapping[str, Rule] = {
    rule.table.__tablename__: rule
    for rule in (
        Rule(Monitor, lambda now: Monitor.deleted_at < now - KEPT, _WITH_MUCH_BEHIND),
        Rule(Incident, _incidents),
        Rule(Schedule, lambda now: Schedule.until_slot < (now - HISTORY).timestamp()),
        Rule(BlindSpan, lambda now: BlindSpan.until_slot < (now - HISTORY).timestamp()),
        Rule(DispatchStall, lambda now: DispatchStall.until_slot < (now - HISTORY).timestamp()),
        Rule(MaintenanceSpan, lambda now: MaintenanceSpan.ends_at < now - HISTORY),
        Rule(MaintenanceWindow, _windows),
        Rule(OnCallOverride, lambda now: OnCallOverride.ends_at < now - KEPT),
        Rule(TextDay, lambda now: TextDay.day < (now - KEPT).date()),
        Rule(TextDayTotal, lambda now: TextDayTotal.day < (now - KEPT).date()),
        Rule(TextUsage, lambda now: TextUsage.month < (now - KEPT).date()),
        Rule(SigningKey, _signing_keys),
        Rule(AcknowledgeToken, lambda now: AcknowledgeToken.expires_at < now),
    )
}
"""By the name of the table."""


def forget(session: Session, name: str, *, now: datetime) -> bool:
    """Delete some expired rows of a table; return whether there may be more."""
    rule = RULES[name]
    key = inspect(rule.table).primary_key
    some = select(*key).where(rule.over(now)).limit(rule.batch)
    gone = session.execute(
        delete(rule.table)
        .where(tuple_(*key).in_(some))
        .returning(key[0])
        .execution_options(synchronize_session=False)
    ).all()
    return len(gone) == rule.batch


DELIVERIES_KEPT = timedelta(days=400)
"""A year, and time to look back at it."""


def forget_deliveries(session: Session, *, now: datetime, limit: int) -> int:
    """Delete at most `limit` old deliveries; return how many were deleted.

    Deliveries of an open outage are kept: they determine who is owed the recovery.
    """
    goes_on = exists().where(
        Incident.monitor_id == Delivery.monitor_id, Incident.ended_at.is_(None)
    )
    old = (
        select(Delivery.id)
        .where(
            Delivery.created_at < now - DELIVERIES_KEPT,
            Delivery.state.not_in(OPEN),
            Delivery.chain_id.is_(None) | ~goes_on,
        )
        .order_by(Delivery.created_at)
        .limit(limit)
    )
    return len(
        session.scalars(delete(Delivery).where(Delivery.id.in_(old)).returning(Delivery.id)).all()
    )


CHANNELS_KEPT = timedelta(days=30)
"""How long a deleted channel can still receive a recovery that it is owed."""


def forget_channels(session: Session, *, now: datetime) -> None:
    """Wipe the secrets of long deleted channels, and delete those that never had a delivery.

    A channel is needed while an outage goes on that it was notified of, or a delivery to it is
    open.
    """
    gone = and_(Channel.deleted_at < now - CHANNELS_KEPT, ~_is_channel_needed())
    session.execute(
        update(Channel)
        .where(gone, Channel.ciphertext.is_not(None))
        .values(data_key_id=None, nonce=None, ciphertext=None, shown={})
        .execution_options(synchronize_session=False)
    )
    written_to = exists().where(Delivery.channel_id == Channel.id)
    session.execute(
        delete(Channel).where(gone, ~written_to).execution_options(synchronize_session=False)
    )


def _is_channel_needed() -> ColumnElement[bool]:
    """Return whether a `Channel` may still receive a message."""
    goes_on = exists().where(
        Incident.monitor_id == Delivery.monitor_id, Incident.ended_at.is_(None)
    )
    return exists().where(
        Delivery.channel_id == Channel.id,
        or_(Delivery.state.in_(OPEN), and_(Delivery.chain_id.is_not(None), goes_on)),
    )


_FORMER_SECRETS = ("old_secret", "old_signing_key")


def forget_machine_secrets(session: Session, *, now: datetime) -> None:
    """Delete the expired previous secrets of API keys and service accounts."""
    for table in (ApiKey, ServiceAccount):
        session.execute(
            update(table)
            .where(table.previous_until <= now)
            .values(previous_hash=None, previous_until=None, updated_at=table.updated_at)
            .execution_options(synchronize_session=False)
        )


def forget_heartbeat_secrets(session: Session, *, now: datetime) -> None:
    """Delete the hashes of replaced ping URLs."""
    session.execute(
        update(Heartbeat)
        .where(Heartbeat.previous_until <= now)
        .values(previous_hash=None, previous_until=None)
        .execution_options(synchronize_session=False)
    )


def channels_with_expired_secrets(session: Session, *, now: datetime) -> Sequence[int]:
    """Return the channels with expired previous secrets.

    Previous secrets without an end, written by an older version, get one.
    """
    endless = or_(*(Channel.shown[name]["set"].as_boolean() for name in _FORMER_SECRETS))
    session.execute(
        update(Channel)
        .where(Channel.previous_until.is_(None), endless)
        .values(previous_until=now + USUAL_OVERLAP, updated_at=Channel.updated_at)
        .execution_options(synchronize_session=False)
    )
    over = select(Channel.id).where(Channel.previous_until <= now).order_by(Channel.id)
    return session.scalars(over).all()


def forget_channel_secret(
    session: Session, channel_id: int, *, ring: KeyRing, now: datetime
) -> None:
    """Delete the expired previous secrets of a channel. Raise `Conflict` if it cannot be read."""
    channel = session.scalars(
        select(Channel)
        .where(Channel.id == channel_id, Channel.previous_until <= now)
        .with_for_update(key_share=True)
    ).one_or_none()
    if channel is not None:
        channel_settings.forget_previous(session, channel, ring=ring, now=now)
