"""Tokens that were used or revoked, and must not be accepted again before they expire."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, OrganizationId
from models.keys import organization_key


class ClientAssertion(Base):
    """One assertion with which a service account authenticated. Each is accepted once."""

    __tablename__ = "client_assertions"
    __table_args__ = (
        organization_key("service_account_id", "service_accounts", ondelete="CASCADE"),
    )

    service_account_id: Mapped[int] = mapped_column(primary_key=True)
    jti_hash: Mapped[bytes] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class RevokedToken(Base):
    """One revoked access token of a machine."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId]
    expires_at: Mapped[datetime] = mapped_column(index=True)
