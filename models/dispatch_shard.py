"""The progress of dispatch for each sixteenth of the monitors."""

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DispatchShard(Base):
    """All three marks are unix seconds.

    Slots up to `watermark` were published. Slots up to `closed` that had no row got an unknown one.
    `verified` is when slots were last checked for missing rows. The slots checked then were older
    by `verify_age` (`domain.evaluation.slots`).
    """

    __tablename__ = "dispatch_shards"

    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    watermark: Mapped[int]
    verified: Mapped[int]
    closed: Mapped[int]
