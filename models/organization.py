"""Organizations are the tenants. A membership is the role of a user in one."""

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.machines import SCHEMES
from domain.permissions import Role
from domain.plans.standing import Standing
from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key


class Organization(Timestamps, Base):
    """Incrementing `token_epoch` revokes all tokens of all machines of the organization.

    With `require_encryption`, every answer with its history is encrypted, whatever the request
    asks.

    `plan` is one of the operator's (`config/plans.py`); null, or one that is gone, is the default.
    `limit_overrides` are limits of this organization alone, which go before those of the plan.
    `over_limit_since` is when it was first found to have more monitors than it may.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (restore_id IS NULL)", name="closed"),
        Index(
            "ix_organizations_closed_at",
            "closed_at",
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    name: Mapped[str]
    machine_schemes: Mapped[list[str]] = mapped_column(
        ARRAY(Text),
        default=lambda: list(SCHEMES),
        server_default=text("'{api_key,client_secret,private_key_jwt,tls_client_auth}'"),
    )
    token_epoch: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    require_encryption: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    plan: Mapped[str | None]
    limit_overrides: Mapped[dict[str, int]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'")
    )
    standing: Mapped[Standing] = mapped_column(
        text_enum(Standing, "standing"), default=Standing.ACTIVE, server_default="active"
    )
    over_limit_since: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """When an owner deleted it. Nobody can use it any more; until the grace ends, it can be restored."""
    restore_id: Mapped[uuid.UUID | None]
    """In the links that restore it. A restore takes it away, so each link is valid once."""
    deleted_at: Mapped[datetime | None]
    """When the grace was over. From then on a task deletes its rows."""


class Membership(Timestamps, Base):
    __tablename__ = "memberships"
    __table_args__ = (
        organization_index("memberships"),
        organization_key("custom_role_id", "custom_roles"),
        UniqueConstraint("user_id", "organization_id"),
        CheckConstraint("(role = 'custom') = (custom_role_id IS NOT NULL)", name="custom_role"),
    )

    id: Mapped[Key]
    organization_id: Mapped[UnindexedOrganizationId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(text_enum(Role, "role"))
    custom_role_id: Mapped[int | None] = mapped_column(index=True)
