"""Credentials: encrypted secrets for monitored targets, and the monitors that use them."""

from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, SmallInteger, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, OrganizationId, PublicId, Timestamps, UnindexedOrganizationId
from models.keys import organization_index, organization_key


class Credential(Timestamps, Base):
    """All fields are in `ciphertext`; `shown` is what a user sees of them, without any secret.

    `origins` are where its secrets may be sent. A user who may write the credential names them; by
    default it is the origin of the first monitor that uses it. `version` grows with each
    encryption, and the ciphertext is bound to it.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        organization_index("credentials"),
        organization_key("data_key_id", "data_keys"),
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("octet_length(nonce) = 12", name="nonce"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    scheme: Mapped[str]
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text))
    shown: Mapped[dict[str, Any]]
    data_key_id: Mapped[int] = mapped_column(index=True)
    nonce: Mapped[bytes]
    ciphertext: Mapped[bytes]
    version: Mapped[int]


class MonitorCredential(Base):
    """Position 0 is the outermost credential. A credential in use cannot be deleted."""

    __tablename__ = "monitor_credentials"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        organization_key("credential_id", "credentials"),
        UniqueConstraint("monitor_id", "credential_id"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    credential_id: Mapped[int] = mapped_column(index=True)
    organization_id: Mapped[OrganizationId]
