"""Message templates: an organization's own wording of an event."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Key, OrganizationId, PublicId, Timestamps


class MessageTemplate(Timestamps, Base):
    """A template for one kind of channel, or for all kinds without their own (null).

    `event` is the name of an `AlertEvent`. The parts are sources for
    `notifiers/templates/templates.py`; a part that is null uses the default wording.
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
