"""Event subscriptions: which events are posted to a URL of an integrator."""

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps
from models.keys import organization_key


class EventSubscription(Timestamps, Base):
    """Its channel belongs to no contact. It has the URL, the keys, and whether it works.

    `events` are names such as `incident.opened`, all of a noun (`incident.*`), or all (`*`).
    """

    __tablename__ = "event_subscriptions"
    __table_args__ = (
        organization_key("channel_id", "channels", ondelete="CASCADE"),
        Index(
            "ix_event_subscriptions_organization_id_name", "organization_id", "name", "public_id"
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    channel_id: Mapped[int] = mapped_column(unique=True)
