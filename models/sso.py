"""Connections to identity providers, the identities there, and logins that are under way."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.permissions import Role
from models.base import (
    Base,
    Key,
    OrganizationId,
    PublicId,
    Timestamps,
    UnindexedOrganizationId,
    text_enum,
)
from models.keys import organization_index, organization_key


class SsoConnection(Timestamps, Base):
    """An OpenID Connect provider of an organization. The client secret is in `ciphertext`."""

    __tablename__ = "sso_connections"
    __table_args__ = (
        organization_index("sso_connections"),
        organization_key("data_key_id", "data_keys"),
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("octet_length(nonce) = 12", name="nonce"),
        CheckConstraint("default_role <> 'owner' AND default_role <> 'custom'", name="roles"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    data_key_id: Mapped[int] = mapped_column(index=True)
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    version: Mapped[int]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """What is requested beside `openid`, `email` and `profile`."""
    groups_claim: Mapped[str]
    role_map: Mapped[dict[str, str]] = mapped_column(JSONB)
    """The role of each group; the strongest one counts."""
    default_role: Mapped[Role] = mapped_column(text_enum(Role, "default_role"))
    verifies_addresses: Mapped[bool]
    """Whether an address counts as verified even if the provider does not say so."""
    enabled: Mapped[bool]
    used_at: Mapped[datetime | None]
    """When somebody last logged in by it."""


class SsoIdentity(Base):
    """Whom a subject of a connection stands for. An address never identifies anybody."""

    __tablename__ = "sso_identities"
    __table_args__ = (
        organization_index("sso_identities"),
        organization_key("sso_connection_id", "sso_connections", ondelete="CASCADE"),
        UniqueConstraint("sso_connection_id", "subject"),
        UniqueConstraint("sso_connection_id", "user_id"),
    )

    id: Mapped[Key]
    organization_id: Mapped[UnindexedOrganizationId]
    sso_connection_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str]
    created_at: Mapped[datetime]


class SsoLogin(Base):
    """A login that a browser began. It is deleted by the answer, so no answer counts twice."""

    __tablename__ = "sso_logins"
    __table_args__ = (
        organization_key("sso_connection_id", "sso_connections", ondelete="CASCADE"),
        Index(None, "sso_connection_id"),
    )

    id: Mapped[Key]
    organization_id: Mapped[OrganizationId]
    sso_connection_id: Mapped[int]
    state_hash: Mapped[bytes] = mapped_column(unique=True)
    browser_hash: Mapped[bytes]
    """The hash of a cookie, from which the nonce and the PKCE verifier are derived."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
