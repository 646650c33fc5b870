"""The latest delivery to each of some channels."""

from collections.abc import Collection, Mapping

from sqlalchemy import select, true
from sqlalchemy.orm import Session, aliased

from models import Channel, Delivery


def by_channel(
    session: Session, organization_id: int, channel_ids: Collection[int]
) -> Mapping[int, Delivery]:
    """Return the latest delivery by the key of its channel, with one index lookup for each."""
    if not channel_ids:
        return {}
    newest = (
        select(Delivery)
        .where(
            Delivery.channel_id == Channel.id,
            Delivery.organization_id == Channel.organization_id,
        )
        .order_by(Delivery.created_at.desc())
        .limit(1)
        .correlate(Channel)
        .lateral()
    )
    latest = aliased(Delivery, newest)
    rows = session.execute(
        select(Channel.id, latest)
        .join(latest, true())
        .where(Channel.organization_id == organization_id, Channel.id.in_(channel_ids))
    )
    return dict(rows.all())
