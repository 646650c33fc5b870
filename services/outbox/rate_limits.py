"""The pace of each channel: so many messages a minute, and none while the provider wants none."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.relay import rate_limit
from domain.relay.retry import GIVE_UP_AFTER
from models import ChannelRateLimit, Delivery

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_KEPT = timedelta(days=1)


def lock(session: Session, organization_id: int, kind: str, address: str) -> ChannelRateLimit:
    """Take the turn of this channel until the transaction ends: claims and marks come one by one."""
    key = {"organization_id": organization_id, "kind": kind, "address": address}
    session.execute(
        insert(ChannelRateLimit).values(**key, next_at=_LONG_AGO).on_conflict_do_nothing()
    )
    return session.scalars(
        select(ChannelRateLimit)
        .filter_by(**key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def spend(limit: ChannelRateLimit, *, per_minute: int, now: datetime) -> None:
    """Take a message that goes now into account."""
    limit.next_at = rate_limit.after(limit.next_at, now=now, per_minute=per_minute)


def hold(limit: ChannelRateLimit, *, seconds: float, now: datetime) -> None:
    """Let nothing go to the channel for as long as its provider asked for, a day at most."""
    wait = timedelta(seconds=min(seconds, GIVE_UP_AFTER.total_seconds()))
    limit.next_at = max(limit.next_at, now + wait)


def is_held(now: datetime) -> ColumnElement[bool]:
    """Say of `Delivery` whether nothing may go to its channel now."""
    return exists().where(
        and_(
            ChannelRateLimit.organization_id == Delivery.organization_id,
            ChannelRateLimit.kind == Delivery.kind,
            ChannelRateLimit.address == Delivery.address,
            ChannelRateLimit.next_at > now,
        )
    )


def forget(session: Session, *, now: datetime) -> None:
    """Delete the paces of channels that rested for a day: they have nothing to say."""
    session.execute(delete(ChannelRateLimit).where(ChannelRateLimit.next_at < now - _KEPT))
