"""The customer that an organization is at the billing provider, and what is known of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from domain.plans.billing import SubscriptionStatus
from domain.plans.standing import Standing
from models.base import Base, text_enum


class BillingAccount(Base):
    """The columns from `status` to `period_ends_at` are `domain.plans.billing.Subscription`.

    They are of the reading that began at `read_at`. Another reading is due if an event came after
    that (`asked_at`). `standing` is the last one that billing gave the organization: one that
    somebody else gave it is left alone. `reminded_day` is the last reminder about the invoice that
    is unpaid since `past_due_since`. Usage before `pushed_slot` is known to the provider.
    """

    __tablename__ = "billing_accounts"
    __table_args__ = (
        Index("ix_billing_accounts_asked_at", "asked_at"),
        Index("ix_billing_accounts_read_at", "read_at"),
    )

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    customer: Mapped[str] = mapped_column(unique=True)
    status: Mapped[SubscriptionStatus] = mapped_column(
        text_enum(SubscriptionStatus, "status"),
        default=SubscriptionStatus.NONE,
        server_default="none",
    )
    price: Mapped[str] = mapped_column(default="", server_default="")
    past_due_since: Mapped[datetime | None]
    trial_ends_at: Mapped[datetime | None]
    period_ends_at: Mapped[datetime | None]
    standing: Mapped[Standing] = mapped_column(
        text_enum(Standing, "standing"), default=Standing.ACTIVE, server_default="active"
    )
    reminded_day: Mapped[int | None] = mapped_column(SmallInteger)
    asked_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    pushed_slot: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
