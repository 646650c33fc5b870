"""Days of a monitor as bars show them."""

from collections.abc import Iterable, Mapping

from domain.analytics.uptime import Uptime
from services.analytics import bars
from services.analytics.bars import DayBar


def shown(days: Iterable[DayBar]) -> list[dict[str, object]]:
    """Return the days as macros take them. What was degraded is shown apart from what was up."""
    return [
        {
            "day": each.day,
            "up": max(0.0, each.uptime.up - each.degraded),
            "degraded": each.degraded,
            "down": each.uptime.down,
            "unknown": each.uptime.unknown,
            "maintenance": each.uptime.maintenance,
        }
        for each in days
    ]


def ratio(uptime: Uptime) -> float | None:
    """Return the uptime from 0 to 1, or None if no time is known."""
    return None if uptime.percent is None else uptime.percent / 100


def total(days: Iterable[DayBar]) -> float | None:
    """Return the uptime of all these days."""
    return ratio(bars.total(days))


def by_name(day: DayBar) -> Mapping[str, object]:
    """Return one day as macros take it."""
    return shown([day])[0]
