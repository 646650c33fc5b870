"""Acknowledge tokens: the secret part of a link in a message that acknowledges without a login."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UnindexedOrganizationId
from models.keys import organization_key


class AcknowledgeToken(Base):
    """Only the hash of a token is stored. It is written before the message with the link is sent.

    The link acknowledges the incident of the delivery or, if it `covers_digest`, the incidents of all
    messages of the digest that the delivery leads.
    """

    __tablename__ = "acknowledge_tokens"
    __table_args__ = (
        organization_key("delivery_id", "deliveries", ondelete="CASCADE"),
        # For the cascade of a deleted delivery or organization.
        Index(
            "ix_acknowledge_tokens_organization_id_delivery_id", "organization_id", "delivery_id"
        ),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    organization_id: Mapped[UnindexedOrganizationId]
    delivery_id: Mapped[int]
    covers_digest: Mapped[bool]
    expires_at: Mapped[datetime] = mapped_column(index=True)
