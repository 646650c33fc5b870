"""What operators of the service did that lasts: suspensions, and resets of second factors."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, PublicId


class Suspension(Base):
    """An organization that an operator stopped. The row goes when the suspension ends.

    `warnings` counts the mails before the deletion. `suspended_by` is the public id of the
    operator, without a key: the row outlives the account.
    """

    __tablename__ = "suspensions"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str]
    suspended_by: Mapped[UUID | None]
    suspended_at: Mapped[datetime] = mapped_column(index=True)
    warnings: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))


class FactorReset(Base):
    """One operator asks to take the second factor from a user; another one confirms it in time.

    A row that is neither confirmed nor refused counts until `expires_at`. A user has one at most.
    """

    __tablename__ = "factor_resets"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("confirmed_by <> asked_by", name="two_operators"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    reason: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_by: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    confirmed_at: Mapped[datetime | None]
