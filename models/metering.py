"""Metered usage by the hour, which is only ever added to, and what it is counted from."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.plans.metering import Meter
from models.base import Base, OrganizationId, UnindexedOrganizationId, text_enum


class MeterReading(Base):
    """The usage of the hour that begins at `from_slot` (unix seconds); none is never written.

    A correction is a row of its own, with the difference. So the usage of an hour is the sum of its
    rows, and no row ever changes.
    """

    __tablename__ = "meter_readings"
    __table_args__ = (
        Index(
            "uq_meter_readings_first",
            "organization_id",
            "meter",
            "from_slot",
            unique=True,
            postgresql_where=text("NOT is_correction"),
        ),
        Index("ix_meter_readings_organization_id_from_slot", "organization_id", "from_slot"),
        Index("ix_meter_readings_from_slot", "from_slot"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organization_id: Mapped[UnindexedOrganizationId]
    meter: Mapped[Meter] = mapped_column(text_enum(Meter, "meter"))
    from_slot: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    is_correction: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    recorded_at: Mapped[datetime]


class MeterProgress(Base):
    """Up to which hour usage is metered; at most one row. Whoever meters has it locked."""

    __tablename__ = "meter_progress"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    until_slot: Mapped[int]


class SeatChange(Base):
    """A member who came (1) or went (-1). A trigger of `memberships` writes it."""

    __tablename__ = "seat_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    organization_id: Mapped[OrganizationId]
    changed_at: Mapped[datetime]
    delta: Mapped[int] = mapped_column(SmallInteger)
