"""Custom roles: named sets of permissions that an organization made."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId
from models.keys import organization_index


class CustomRole(Timestamps, Base):
    __tablename__ = "custom_roles"
    __table_args__ = (
        organization_index("custom_roles"),
        UniqueConstraint("organization_id", "name"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
