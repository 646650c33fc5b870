"""Overrides of on-call schedules: another contact is on duty for a time."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, OnCallOverride, OnCallSchedule
from services import pagination, quotas
from services.contacts import contacts
from services.errors import Conflict, Invalid, NotFound
from services.on_call import views as on_call_views

LONGEST = timedelta(days=366)
_BY_START = pagination.Order(scope="on-call-overrides", columns=(OnCallOverride.starts_at,))
"""Overrides do not overlap, so no two of a schedule have the same start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideValues:
    """[start, end); `start` defaults to now."""

    contact_id: uuid.UUID
    end: datetime
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class OverrideView:
    override: OnCallOverride
    contact_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideFilter:
    """Overrides that touch [start, end), each bound if it is given."""

    start: datetime | None = None
    end: datetime | None = None


def create(
    session: Session,
    organization_id: int,
    schedule_id: uuid.UUID,
    values: OverrideValues,
    *,
    now: datetime,
) -> OverrideView:
    schedule = on_call_views.existing(session, organization_id, schedule_id)
    start = values.start or now
    known = contacts.keys(session, organization_id, [values.contact_id])
    problems = dict(_time_problems(start, values.end, now))
    if values.contact_id not in known:
        problems["contact_id"] = [f"There is no contact {values.contact_id}."]
    if problems:
        raise Invalid(problems)
    quotas.take(session, organization_id, "on_call_overrides")
    _refuse_overlap(session, schedule, start, values.end)
    override = OnCallOverride(
        organization_id=organization_id,
        on_call_schedule_id=schedule.id,
        contact_id=known[values.contact_id],
        starts_at=start,
        ends_at=values.end,
        created_at=now,
        updated_at=now,
    )
    session.add(override)
    # Of two concurrent overlapping overrides, the database refuses the second.
    session.flush()
    return OverrideView(override, values.contact_id)


def page(
    session: Session,
    organization_id: int,
    schedule_id: uuid.UUID,
    wanted: OverrideFilter,
    request: pagination.PageRequest,
) -> pagination.Page[OverrideView]:
    """List the overrides of a schedule, earliest first."""
    schedule = on_call_views.existing(session, organization_id, schedule_id)
    query = select(OnCallOverride, Contact.public_id).join(
        Contact, Contact.id == OnCallOverride.contact_id
    )
    query = query.where(OnCallOverride.on_call_schedule_id == schedule.id)
    if wanted.start is not None:
        query = query.where(OnCallOverride.ends_at > wanted.start)
    if wanted.end is not None:
        query = query.where(OnCallOverride.starts_at < wanted.end)
    rows = pagination.read_rows(session, query, _BY_START, request)
    return rows.each(lambda row: OverrideView(*row))


def delete(
    session: Session, organization_id: int, schedule_id: uuid.UUID, override_id: uuid.UUID
) -> None:
    session.delete(_existing(session, organization_id, schedule_id, override_id))
    session.flush()


def end(
    session: Session,
    organization_id: int,
    schedule_id: uuid.UUID,
    override_id: uuid.UUID,
    *,
    now: datetime,
) -> None:
    """End an override now. Unlike a deletion, this leaves the past as it was."""
    override = _existing(session, organization_id, schedule_id, override_id)
    if not override.starts_at < now < override.ends_at:
        raise Conflict("This override is not active.")
    override.ends_at = override.updated_at = now
    session.flush()


def _existing(
    session: Session, organization_id: int, schedule_id: uuid.UUID, override_id: uuid.UUID
) -> OnCallOverride:
    schedule = on_call_views.existing(session, organization_id, schedule_id)
    override = session.scalars(
        select(OnCallOverride).where(
            OnCallOverride.on_call_schedule_id == schedule.id,
            OnCallOverride.public_id == override_id,
        )
    ).one_or_none()
    if override is None:
        raise NotFound("override")
    return override


def _time_problems(
    start: datetime, end: datetime, now: datetime
) -> Iterator[tuple[str, list[str]]]:
    if end <= start:
        yield "to", ["Must be after the beginning."]
    elif end <= now:
        yield "to", ["The override has already ended."]
    elif end - start > LONGEST:
        yield "to", [f"An override may last at most {LONGEST.days} days."]


def _refuse_overlap(
    session: Session, schedule: OnCallSchedule, start: datetime, end: datetime
) -> None:
    other = session.scalars(
        select(OnCallOverride)
        .where(
            OnCallOverride.on_call_schedule_id == schedule.id,
            OnCallOverride.starts_at < end,
            OnCallOverride.ends_at > start,
        )
        .order_by(OnCallOverride.starts_at)
        .limit(1)
    ).first()
    if other is not None:
        raise Conflict(
            "It overlaps the override of this schedule that begins at"
            f" {other.starts_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.",
            field="from",
        )
