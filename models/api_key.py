"""API keys: secrets of machines that are sent with each request."""

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps
from models.keys import organization_key


class ApiKey(Timestamps, Base):
    """`key_id` is the part of the key that is no secret. `created_by` answers for it.

    The secret is kept as an HMAC under a key made from the data key; the former one is good until
    `previous_until`. Without networks it is good from everywhere.
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
