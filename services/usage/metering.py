"""Metering: writes the usage of each hour once it is over, and counts hours again.

If the process is killed, the hours are not metered and the next run meters them. A second process
waits for none: it finds the progress locked and leaves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.plans.metering import HOUR, Meter, hour_of
from models import MeterProgress
from services.rollups import progress as rollup_progress
from services.usage.sources import SOURCES

_SETTLED_AFTER = timedelta(minutes=10)
"""By then, whatever belongs to an hour is committed."""
_HOURS_AT_ONCE = 24
_CORRECTED_AFTER = 24 * HOUR
"""Late rows of an hour are counted then, without being asked."""

_METER = """
    INSERT INTO meter_readings (organization_id, meter, from_slot, amount, recorded_at)
    SELECT organization_id, :meter, from_slot, amount, :now FROM ({source}) s WHERE amount <> 0
    ON CONFLICT DO NOTHING
"""
_RECOUNT = """
    INSERT INTO meter_readings (organization_id, meter, from_slot, amount, is_correction, recorded_at)
    SELECT organization_id, :meter, from_slot, coalesce(s.amount, 0) - coalesce(r.amount, 0), true,
        :now
    FROM ({source}) s
    FULL JOIN (
        SELECT organization_id, from_slot, sum(amount) AS amount FROM meter_readings
        WHERE meter = :meter AND from_slot >= :low AND from_slot < :high
        GROUP BY organization_id, from_slot
    ) r USING (organization_id, from_slot)
    WHERE coalesce(s.amount, 0) <> coalesce(r.amount, 0)
    RETURNING organization_id, from_slot, amount
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """The difference that a recount found and wrote."""

    organization_id: int
    meter: Meter
    from_slot: int
    amount: int


def sweep(session: Session, *, now: datetime) -> bool:
    """Meter some of the hours that are over; return whether there are more.

    The first run begins with the present hour.
    """
    progress = _locked(session, now)
    if progress is None:
        return False
    over = _over(session, now)
    low, high = progress.until_slot, min(over, progress.until_slot + _HOURS_AT_ONCE * HOUR)
    if low >= high:
        return False
    for meter, source in SOURCES.items():
        values = {"meter": meter.value, "low": low, "high": high, "now": now}
        session.execute(text(_METER.format(source=source.sql)), values)
    progress.until_slot = high
    session.flush()
    _correct(session, low - _CORRECTED_AFTER, high - _CORRECTED_AFTER, now)
    return high < over


def recount(session: Session, low: int, high: int, *, now: datetime) -> list[Correction]:
    """Count metered hours of [low, high) again, and write what differs as corrections.

    A meter is left as it is where its rows are not kept any more. Wait for a run of the sweep.
    """
    progress = _locked(session, now, wait=True)
    end = min(hour_of(high), progress.until_slot if progress else 0)
    return _correct(session, hour_of(low), end, now)


def _correct(session: Session, low: int, end: int, now: datetime) -> list[Correction]:
    found: list[Correction] = []
    for meter, source in SOURCES.items():
        if source.kept is None:
            continue
        oldest = hour_of((now - source.kept).timestamp()) + HOUR
        first = max(low, oldest)
        if first < end:
            values = {"meter": meter.value, "low": first, "high": end, "now": now}
            rows = session.execute(text(_RECOUNT.format(source=source.sql)), values)
            found += [Correction(row[0], meter, row[1], row[2]) for row in rows]
    return found


def _over(session: Session, now: datetime) -> int:
    """Return the end of the last hour that is settled and rolled up."""
    settled = hour_of((now - _SETTLED_AFTER).timestamp())
    return min(settled, hour_of(rollup_progress.until(session)))


def _locked(session: Session, now: datetime, *, wait: bool = False) -> MeterProgress | None:
    session.execute(
        insert(MeterProgress)
        .values(id=1, until_slot=hour_of(now.timestamp()))
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(MeterProgress)
        .with_for_update(skip_locked=not wait)
        .execution_options(populate_existing=True)
    ).one_or_none()
