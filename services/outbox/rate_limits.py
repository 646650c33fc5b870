"""The rate limit of each channel, and the delay that its provider asks for."""

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
    """Lock the rate limit of a channel for the transaction, which serializes claims and marks."""
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
    """Count a message that is sent now."""
    limit.next_at = rate_limit.after(limit.next_at, now=now, per_minute=per_minute)


def delay(limit: ChannelRateLimit, *, seconds: float, now: datetime) -> None:
    """Send nothing to the channel for as long as its provider asked for, at most a day."""
    wait = timedelta(seconds=min(seconds, GIVE_UP_AFTER.total_seconds()))
    limit.next_at = max(limit.next_at, now + wait)


def is_delayed(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return whether nothing may go to the channel of a `Delivery` now."""
    return exists().where(
        and_(
            ChannelRateLimit.organization_id == Delivery.organization_id,
            ChannelRateLimit.kind == Delivery.kind,
            ChannelRateLimit.address == Delivery.address,
            ChannelRateLimit.next_at > now,
        )
    )


def forget(session: Session, *, now: datetime) -> None:
    """Delete the rate limits of channels that were idle for a day: they limit nothing."""
    session.execute(delete(ChannelRateLimit).where(ChannelRateLimit.next_at < now - _KEPT))
