"""On-call schedules: who is on duty when, in layers of rotating contacts."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.on_call.layer import HandoffKind
from models.base import (
    Base,
    Key,
    OrganizationId,
    PublicId,
    Timestamps,
    UnindexedOrganizationId,
    text_enum,
)
from models.keys import organization_index, organization_key


class OnCallSchedule(Timestamps, Base):
    __tablename__ = "on_call_schedules"
    __table_args__ = (
        organization_index("on_call_schedules"),
        UniqueConstraint("organization_id", "name"),
    )

    id: Mapped[Key]
    public_id: Mapped[PublicId]
    organization_id: Mapped[UnindexedOrganizationId]
    name: Mapped[str]
    time_zone: Mapped[str]


class OnCallLayer(Base):
    """A rotation of contacts. A layer with a higher position takes precedence.

    Its times are wall times in the schedule's time zone. `hours` are objects of `weekdays` (Monday
    is 0), `begin` and `end` (such as `18:00:00`). Without any, the layer covers all hours.
    """

    __tablename__ = "on_call_layers"
    __table_args__ = (
        organization_index("on_call_layers", "on_call_schedule_id", "position"),
        organization_key("on_call_schedule_id", "on_call_schedules", ondelete="CASCADE"),
        CheckConstraint("every BETWEEN 1 AND 366", name="every"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )

    on_call_schedule_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    organization_id: Mapped[UnindexedOrganizationId]
    local_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    handoff: Mapped[HandoffKind] = mapped_column(text_enum(HandoffKind, "handoff"))
    every: Mapped[int] = mapped_column(SmallInteger)
    weekday: Mapped[int | None] = mapped_column(SmallInteger)
    handoff_at: Mapped[time | None]
    hours: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class OnCallTurn(Base):
    """The order of the contacts in a layer. A contact may occur several times.

    A contact that occurs cannot be deleted, because that would shift the turns of all others.
    """

    __tablename__ = "on_call_turns"
    __table_args__ = (
        organization_key("contact_id", "contacts"),
        ForeignKeyConstraint(
            ["organization_id", "on_call_schedule_id", "layer"],
            [
                "on_call_layers.organization_id",
                "on_call_layers.on_call_schedule_id",
                "on_call_layers.position",
            ],
            name="fk_on_call_turns_organization_id_layer",
            ondelete="CASCADE",
        ),
    )

    on_call_schedule_id: Mapped[int] = mapped_column(primary_key=True)
    layer: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    organization_id: Mapped[OrganizationId]
    contact_id: Mapped[int] = mapped_column(index=True)
