"""The days of monitors for their bars, exact in any time zone, without reading a check."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain.analytics.days import Share, Windows
from domain.analytics.report import History
from domain.analytics.uptime import Span, Uptime
from models import Monitor
from services.analytics import uptime
from services.time_range import Window

LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class DayBar:
    """A local day; `degraded` are the seconds of its `up` with an incident of this severity."""

    day: date
    uptime: Uptime
    degraded: float = 0
    is_calm: bool = False
    """Whether the monitor was up all day, which is so on most days of most monitors."""


def of_monitors(
    session: Session,
    organization_id: int,
    monitors: Collection[Monitor],
    *,
    zone: ZoneInfo,
    now: datetime,
    days: int = LONGEST_DAYS,
) -> dict[int, list[DayBar]]:
    """Return the last local days of each monitor, oldest first, by the key of the monitor.

    Today is the last of the `days`, and ends now. A day on which the monitor was not monitored has
    no second. The bars of a monitor add up to the uptime of their `window`.
    """
    around = window(zone=zone, now=now, days=days)
    found, degraded = uptime.histories_with_degraded(
        session, organization_id, monitors, around, now=now
    )
    return _of_histories(found, degraded, zone=zone, now=now, days=days)


def with_uptime(
    session: Session, monitor: Monitor, around: Window, *, zone: ZoneInfo, now: datetime
) -> tuple[list[DayBar], Uptime]:
    """Return the bars of one monitor, and its uptime in another window, from what is read once."""
    own = window(zone=zone, now=now)
    both = Window(min(own.start, around.start), max(own.end, around.end))
    found, degraded = uptime.histories_with_degraded(
        session, monitor.organization_id, [monitor], both, now=now
    )
    days = _of_histories(found, degraded, zone=zone, now=now, days=LONGEST_DAYS)
    return days[monitor.id], uptime.of_history(found[monitor.id], around, now=now)


def _of_histories(
    found: Mapping[int, History],
    degraded: Mapping[int, Sequence[Span]],
    *,
    zone: ZoneInfo,
    now: datetime,
    days: int,
) -> dict[int, list[DayBar]]:
    local_days = _days(zone, now, days)
    windows = Windows([*(_midnight(day, zone) for day in local_days), now.timestamp()])
    calm = [
        DayBar(day, up.uptime, is_calm=True) for day, up in zip(local_days, windows.up, strict=True)
    ]
    return {
        key: _bars(calm, windows.up, windows.shares(history, degraded=degraded.get(key, ())))
        for key, history in found.items()
    }


def _bars(calm: Sequence[DayBar], up: Sequence[Share], shares: Sequence[Share]) -> list[DayBar]:
    """Return the bars of a monitor; all monitors share those of calm days."""
    return [
        usual if share is whole else DayBar(usual.day, share.uptime, share.degraded)
        for usual, whole, share in zip(calm, up, shares, strict=True)
    ]


def window(*, zone: ZoneInfo, now: datetime, days: int = LONGEST_DAYS) -> Window:
    """Return the window of the bars: from the first local midnight until now."""
    first = _days(zone, now, days)[0]
    return Window(datetime.fromtimestamp(_midnight(first, zone), zone), now)


def total(bars: Iterable[DayBar]) -> Uptime:
    """Add up days, such as those of one monitor."""
    parts = [bar.uptime for bar in bars]
    return Uptime(
        up=sum(each.up for each in parts),
        down=sum(each.down for each in parts),
        unknown=sum(each.unknown for each in parts),
        maintenance=sum(each.maintenance for each in parts),
    )


def _days(zone: ZoneInfo, now: datetime, days: int) -> list[date]:
    today = now.astimezone(zone).date()
    return [today - timedelta(days=age) for age in range(days - 1, -1, -1)]


def _midnight(day: date, zone: ZoneInfo) -> float:
    """Return the first moment of a local day, also where a change of the clock skips midnight."""
    return datetime.combine(day, time(), zone).timestamp()
