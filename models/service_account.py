"""Service accounts: machines that exchange a proof of identity for short-lived tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.machines import Scheme
from models.base import Base, Key, PublicId, Timestamps, UnindexedOrganizationId, text_enum
from models.keys import organization_index, organization_key

_PROOFS = (
    "num_nonnulls(secret_hash, jwks, certificate_thumbprint) = 1"
    " AND (scheme = 'client_secret') = (secret_hash IS NOT NULL)"
    " AND (scheme = 'private_key_jwt') = (jwks IS NOT NULL)"
    " AND (scheme = 'tls_client_auth') = (certificate_thumbprint IS NOT NULL)"
)


class ServiceAccount(Timestamps, Base):
    """The public id is its `client_id`. It never has more permissions than its `created_by`.

    The secret is stored as an HMAC under a key derived from the data key. The previous secret stays
    valid until `previous_until`. Incrementing `token_epoch` revokes all of its tokens.
    """

    __tablename__ = "service_accounts"
    __table_args__ = (
        organization_index("service_accounts"),
        organization_key("data_key_id", "data_keys"),
        CheckConstraint(_PROOFS, name="proof"),
        Index(None, "organization_id", "name", "public_id"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    created_by: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scheme: Mapped[Scheme] = mapped_column(text_enum(Scheme, "scheme"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    data_key_id: Mapped[int | None] = mapped_column(index=True)
    secret_hash: Mapped[bytes | None]
    previous_hash: Mapped[bytes | None]
    previous_until: Mapped[datetime | None]
    secret_made_at: Mapped[datetime | None]
    """When the current secret was made. The organization's policy may limit its age."""
    previous_made_at: Mapped[datetime | None]
    """The same of the previous one, whose overlap may not outlast that age."""
    jwks: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    certificate_thumbprint: Mapped[str | None]
    token_epoch: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    disabled: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    last_used_at: Mapped[datetime | None]
