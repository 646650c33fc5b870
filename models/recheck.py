"""Checks outside of the regular slots: rechecks, checks requested by users, and extra checks."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.keys import organization_key


class Recheck(Base):
    """At most one per monitor and region, so they never pile up.

    `due` is the second from which on it may be published. `slot` is the second in which it was
    published, and the slot of its result. A row with both was published, and is wanted once more
    after its result. An extra check is dropped at `expires`, in unix seconds, if it was not
    published.
    """

    __tablename__ = "rechecks"
    __table_args__ = (
        organization_key("monitor_id", "monitors", ondelete="CASCADE"),
        CheckConstraint("due IS NOT NULL OR slot IS NOT NULL", name="due_or_published"),
        CheckConstraint("expires IS NULL OR due IS NOT NULL", name="only_due_expires"),
        Index("ix_rechecks_shard_due", "shard", "due"),
        Index("ix_rechecks_shard_slot", "shard", "slot"),
    )

    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("regions.id"), primary_key=True, autoincrement=False
    )
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    due: Mapped[int | None]
    slot: Mapped[int | None]
    expires: Mapped[int | None]
