"""Data keys: each organization has its own, stored only in wrapped form."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, UnindexedOrganizationId
from models.keys import organization_index


class DataKey(Base):
    """`wrapped_by` is the id of the key-encryption key, which no database contains."""

    __tablename__ = "data_keys"
    __table_args__ = (
        organization_index("data_keys"),
        CheckConstraint("octet_length(wrapped) = 40", name="wrapped"),
    )

    id: Mapped[Key]
    organization_id: Mapped[UnindexedOrganizationId]
    wrapped_by: Mapped[str] = mapped_column(index=True)
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]
