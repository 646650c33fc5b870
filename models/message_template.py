"""Templates of messages: what an organization says of an event in its own words."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Key, OrganizationId, PublicId, Timestamps


class MessageTemplate(Timestamps, Base):
    """For one kind of channel, or for all that have none of their own (null).

    `event` is an `AlertEvent` by name. The parts are sources of `notifiers/templates/templates.py`; what is null is said in the usual words.
    """

    __tablename__ = "message_templates"
    __table_args__ = (
        UniqueConstraint("organization_id", "event", "kind", postgresql_nulls_not_distinct=True),
        CheckConstraint("num_nonnulls(subject, text, html, body) > 0", name="parts"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    event: Mapped[str]
    kind: Mapped[str | None]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    html: Mapped[str | None]
    body: Mapped[str | None]
