"""The history of logins, and the devices of each person."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.login.history import LoginFactor, LoginOutcome
from domain.organization_policy import LoginWay
from models.base import Base, PublicId, text_enum


class Login(Base):
    """One attempt to log in to an account that exists. It has no address, only a network."""

    __tablename__ = "logins"
    __table_args__ = (Index(None, "user_id", "created_at", "public_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    public_id: Mapped[PublicId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    network: Mapped[str]
    program: Mapped[str]
    way: Mapped[LoginWay] = mapped_column(text_enum(LoginWay, "way"))
    factor: Mapped[LoginFactor] = mapped_column(text_enum(LoginFactor, "factor"))
    outcome: Mapped[LoginOutcome] = mapped_column(text_enum(LoginOutcome, "outcome"))
    device_hash: Mapped[bytes]


class LoginDevice(Base):
    """A device that a person logged in from. Another one is told of in a mail."""

    __tablename__ = "login_devices"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    device_hash: Mapped[bytes] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
