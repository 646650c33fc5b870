"""Failed logins, counted by account and by network, whether or not the account exists."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class LoginFailure(Base):
    """`whose` is a hash: no mail address and no network address is stored."""

    __tablename__ = "login_failures"

    whose: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(index=True)
