"""API keys: secrets that a machine sends with each request."""

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps
from models.keys import organization_key


class ApiKey(Timestamps, Base):
    """`key_id` is the public part of the key. The user in `created_by` is responsible for it.

    The secret is stored as an HMAC under a key derived from the data key. The previous secret stays
    valid until `previous_until`. Without networks, the key is valid from everywhere.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        organization_key("data_key_id", "data_keys"),
        Index(None, "organization_id", "name", "public_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[OrganizationId]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    key_id: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    networks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    data_key_id: Mapped[int] = mapped_column(index=True)
    secret_hash: Mapped[bytes]
    previous_hash: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
