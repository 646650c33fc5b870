"""How far the schedule of each sixteenth of the monitors has been worked off."""

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DispatchShard(Base):
    """All three are unix seconds.

    Slots up to `watermark` were published, and those up to `closed` that had no row got an unknown
    one. `verified` is when holes were looked for last: those of then are younger, see `domain.evaluation.slots`.
    """

    __tablename__ = "dispatch_shards"

    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    watermark: Mapped[int]
    verified: Mapped[int]
    closed: Mapped[int]
