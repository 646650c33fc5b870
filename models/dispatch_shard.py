"""How far the schedule of each sixteenth of the monitors has been worked off."""

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DispatchShard(Base):
    """All three are unix seconds: published, holes published again, and unknowns written, up to."""

    __tablename__ = "dispatch_shards"

    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    watermark: Mapped[int]
    verified: Mapped[int]
    closed: Mapped[int]
