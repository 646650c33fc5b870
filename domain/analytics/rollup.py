"""Roll-ups: what is kept of the checks of a monitor in an hour, a day or a month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from domain.analytics import sketch
from domain.analytics.sketch import Sketch

HOUR = 3600
DAY = 86_400
LATE_AFTER = 120
"""How many seconds after the end of an hour its last slot has its row, unless that is late.

More than `CLOSE_AGE` and `CLOSE_STEP` of `domain.evaluation.slots` together.
"""

HOURS_KEPT = 35
"""How many days the roll-ups of hours are kept; longer ones are kept as long as the monitor."""
_MARGIN = 2
"""Days by which roll-ups may be behind without reading hours that were dropped."""


def kept_from(until: int) -> int:
    """Return the first second of whose day all hours are kept, if they are rolled up until then."""
    return day_of(until) - (HOURS_KEPT - _MARGIN) * DAY


def over_before(moment: int) -> int:
    """Return the end of the last hour that is over. A row that is stored later is late."""
    return hour_of(moment - LATE_AFTER)


def hour_of(slot: int) -> int:
    """Return the first second of the hour."""
    return slot - slot % HOUR


def day_of(slot: int) -> int:
    """Return the first second of the day in UTC."""
    return slot - slot % DAY


def month_of(slot: int) -> int:
    """Return the first second of the month in UTC."""
    day = datetime.fromtimestamp(slot, UTC)
    return day_of(slot) - (day.day - 1) * DAY


def next_month(slot: int) -> int:
    """Return the first second of the month after this one, in UTC."""
    # No month is longer than 31 days, and no month is shorter than the five that may be too much.
    return month_of(month_of(slot) + 32 * DAY)


class Step(StrEnum):
    """The time of one roll-up, in UTC."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    def begin(self, slot: int) -> int:
        """Return the first second of the step with this slot."""
        return {Step.HOUR: hour_of, Step.DAY: day_of, Step.MONTH: month_of}[self](slot)

    def following(self, slot: int) -> int:
        """Return the first second of the step after the one with this slot."""
        if self is Step.MONTH:
            return next_month(slot)
        return self.begin(slot) + (HOUR if self is Step.HOUR else DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """The checks of some time: their number by outcome, and the latency of those that passed.

    Latency and phases are sums over the passed checks with a latency, which `sketch` counts. A ping
    of a heartbeat has none.
    """

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    total_us: int = 0
    min_us: int = 0
    max_us: int = 0
    dns_ms: int = 0
    connect_ms: int = 0
    tls_ms: int = 0
    first_byte_ms: int = 0
    sketch: Sketch = field(default_factory=Sketch)

    @property
    def passed(self) -> int:
        return self.up + self.degraded

    def percentiles(self, shares: Sequence[float]) -> list[float]:
        """Return the latencies at these shares (0 to 1) in microseconds; there has to be one."""
        found = self.sketch.quantiles(shares)
        return [min(max(each, self.min_us), self.max_us) for each in found]


def percentile_of(encoded: bytes, share: float, *, least: int, most: int) -> float | None:
    """Return what `Rollup.percentiles` would, of an encoded sketch; None if it has no check."""
    found = sketch.quantile_of(encoded, share)
    return None if found is None else min(max(found, least), most)


def merge(rollups: Iterable[Rollup]) -> Rollup:
    """Return the roll-up of all their checks; the order does not matter."""
    parts = list(rollups)
    timed = [each for each in parts if each.sketch.counts]
    return Rollup(
        up=sum(each.up for each in parts),
        degraded=sum(each.degraded for each in parts),
        down=sum(each.down for each in parts),
        unknown=sum(each.unknown for each in parts),
        total_us=sum(each.total_us for each in parts),
        min_us=min((each.min_us for each in timed), default=0),
        max_us=max((each.max_us for each in timed), default=0),
        dns_ms=sum(each.dns_ms for each in parts),
        connect_ms=sum(each.connect_ms for each in parts),
        tls_ms=sum(each.tls_ms for each in parts),
        first_byte_ms=sum(each.first_byte_ms for each in parts),
        sketch=sketch.merge(each.sketch for each in timed),
    )
