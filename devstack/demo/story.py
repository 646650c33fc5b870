"""What happened in the shop in the thirty days before a moment. Pure: the same story every time.

It ends in the state in which the sites of `devstack.demo.site` keep it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from devstack.demo import site
from devstack.demo.failures import (
    BAD_GATEWAY,
    CRASHED,
    REFUSED,
    SLOW,
    TIMED_OUT,
    UNHEALTHY,
    Failure,
    exited,
    missed,
)
from domain.evaluation.state import Severity

DAYS = 30
_SEED = 1912
_DILIGENCE = 0.8
"""The share of the longer outages that somebody acknowledged."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_BLIND_DAYS = 12
"""How many days ago the monitoring itself stood still."""
_GRACE = timedelta(minutes=30)
_NIGHT = time(2, tzinfo=UTC)
_BROKEN_NIGHT, _BROKEN_CODE = 8, 2
"""The night of the failed backup, counted back from the missed one, and its exit code."""

_NOTES = (
    "Restarted two of three instances, watching.",
    "The payment provider has an incident of its own.",
    "A bad release. Rolled back.",
    "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """[start, end); without an end it goes on. `note` is that of the acknowledgement."""

    start: datetime
    end: datetime | None
    failure: Failure
    acknowledged_at: datetime | None = None
    note: str = ""

    @property
    def severity(self) -> Severity:
        return self.failure.severity


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a job, which reported its start and its end."""

    start: datetime
    end: datetime
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A monitor and its history. Heartbeats have runs, the others a usual latency.

    With `is_urgent`, whoever is on duty is notified. `slow_above` is the threshold of `degraded`.
    """

    name: str
    kind: str = "http"
    interval: int = 60
    milliseconds: float = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    is_urgent: bool = False
    slow_above: int | None = None
    slo: float | None = None
    outages: Sequence[Outage] = ()
    runs: Sequence[Run] = ()
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """[start, now), and the span in which nothing was probed at all."""

    start: datetime
    now: datetime
    blind: tuple[datetime, datetime]
    monitors: Sequence[Watched]


def until(now: datetime) -> Story:
    """Return the story that ends at this moment."""
    random = Random(_SEED)  # noqa: S311 - no secret
    blind = now - _BLIND_DAYS * _DAY
    return Story(
        start=now - DAYS * _DAY,
        now=now,
        blind=(blind, blind + timedelta(minutes=25)),
        monitors=(
            *_shop(random, now),
            *_pages(random, now),
            *_office(random, now),
            _nightly(random, now),
            _weekly(random, now),
        ),
    )


def _shop(random: Random, now: datetime) -> Sequence[Watched]:
    return (
        Watched(
            name="Shop front page",
            interval=30,
            milliseconds=site.PAGES["/shop"].milliseconds,
            tags=("shop",),
            is_urgent=True,
            slo=99.9,
            outages=_drawn(random, now, [BAD_GATEWAY, TIMED_OUT], 2),
        ),
        Watched(
            name="Checkout API",
            interval=30,
            milliseconds=site.PAGES["/checkout"].milliseconds,
            tags=("shop", "payments"),
            is_urgent=True,
            slo=99.95,
            outages=(*_drawn(random, now, [CRASHED, TIMED_OUT], 2), *_burning(now)),
        ),
        Watched(
            name="Product search",
            interval=30,
            milliseconds=70,
            tags=("shop",),
            is_urgent=True,
            outages=(*_drawn(random, now, [TIMED_OUT, UNHEALTHY], 3), _going_on(now)),
        ),
    )


def _pages(random: Random, now: datetime) -> Sequence[Watched]:
    return (
        Watched(
            name="Customer login",
            milliseconds=site.PAGES["/login"].milliseconds,
            tags=("shop",),
            is_urgent=True,
            outages=_drawn(random, now, [BAD_GATEWAY], 1),
        ),
        Watched(
            name="Images CDN",
            milliseconds=90,
            tags=("shop",),
            slow_above=800,
            outages=(*_drawn(random, now, [SLOW, TIMED_OUT], 3), _slow_now(now)),
        ),
    )


def _office(random: Random, now: datetime) -> Sequence[Watched]:
    return (
        Watched(
            name="Orders database",
            kind="tcp",
            milliseconds=0.6,
            tags=("infrastructure",),
            is_urgent=True,
            outages=_drawn(random, now, [REFUSED], 1),
        ),
        Watched(
            name="Mail relay",
            kind="smtp",
            milliseconds=2.4,
            tags=("infrastructure",),
            outages=_drawn(random, now, [TIMED_OUT], 2),
        ),
        Watched(
            name="Warehouse stock",
            milliseconds=site.PAGES["/stock"].milliseconds,
            tags=("warehouse",),
            outages=_drawn(random, now, [BAD_GATEWAY, CRASHED], 2),
        ),
        Watched(
            name="Office VPN",
            kind="tcp",
            milliseconds=0.5,
            tags=("office",),
            paused_at=now - 5 * _DAY,
        ),
        Watched(name="This API", interval=10, milliseconds=3.5),
    )


def _drawn(
    random: Random, now: datetime, failures: Sequence[Failure], number: int
) -> tuple[Outage, ...]:
    """Draw outages of the past, on different days and on none of the scripted ones."""
    days = [day for day in range(3, DAYS) if day != _BLIND_DAYS]
    chosen = sorted(random.sample(days, number), reverse=True)
    return tuple(
        _outage(random, now - day * _DAY + random.random() * 20 * _HOUR, random.choice(failures))
        for day in chosen
    )


def _outage(random: Random, start: datetime, failure: Failure) -> Outage:
    minutes = min(95.0, max(2.0, random.lognormvariate(2.2, 0.8)))
    reacted = random.uniform(2, 7)
    is_taken = minutes > reacted + 1 and random.random() < _DILIGENCE
    return Outage(
        start=start,
        end=start + timedelta(minutes=minutes),
        failure=failure,
        acknowledged_at=start + timedelta(minutes=reacted) if is_taken else None,
        note=random.choice(_NOTES) if is_taken else "",
    )


def _burning(now: datetime) -> tuple[Outage, ...]:
    """Return two outages that used up the error budget, the second within the last half hour."""
    first, second = now - 27 * _HOUR, now - timedelta(minutes=26)
    return (
        Outage(
            start=first,
            end=first + timedelta(minutes=14),
            failure=TIMED_OUT,
            acknowledged_at=first + timedelta(minutes=4),
            note="The payment provider answers slowly. Their status page says so, too.",
        ),
        Outage(start=second, end=second + timedelta(minutes=9), failure=CRASHED),
    )


def _going_on(now: datetime) -> Outage:
    start = now - timedelta(minutes=47)
    return Outage(
        start=start,
        end=None,
        failure=UNHEALTHY,
        acknowledged_at=start + timedelta(minutes=5),
        note="The new index does not load. Going back to last night's, about an hour.",
    )


def _slow_now(now: datetime) -> Outage:
    start = now - timedelta(hours=2, minutes=10)
    return Outage(start=start, end=None, failure=SLOW)


def _nightly(random: Random, now: datetime) -> Watched:
    """Return the job whose last run never came: it ran every night, and failed once."""
    due = datetime.combine(now, _NIGHT)
    if due + _GRACE > now - timedelta(minutes=5):
        due -= _DAY
    runs = [
        _run(random, due - day * _DAY, _BROKEN_CODE if day == _BROKEN_NIGHT else 0)
        for day in range(DAYS - 2, 0, -1)
    ]
    failed, repaired = runs[-_BROKEN_NIGHT], runs[1 - _BROKEN_NIGHT]
    return Watched(
        name="nightly-backup",
        kind="heartbeat",
        settings={"cron": "0 2 * * *", "grace_seconds": int(_GRACE.total_seconds())},
        tags=("jobs",),
        is_urgent=True,
        runs=runs,
        outages=(
            Outage(
                start=failed.end,
                end=repaired.end,
                failure=exited(_BROKEN_CODE),
                acknowledged_at=failed.end + 5 * _HOUR,
                note="The disk of the backup server was full. Tonight's run has room again.",
            ),
            Outage(start=due + _GRACE, end=None, failure=missed(runs[-1].end, due + _GRACE)),
        ),
    )


def _weekly(random: Random, now: datetime) -> Watched:
    """Return the job that is well: its next run is days ahead."""
    last = datetime.combine(now - _DAY, time(6, tzinfo=UTC))
    weeks = range((DAYS - 2) // 7, -1, -1)
    weekday = (last.weekday() + 1) % 7
    return Watched(
        name="invoice-export",
        kind="heartbeat",
        settings={"cron": f"0 6 * * {weekday}", "grace_seconds": 3600},
        tags=("jobs", "payments"),
        runs=[_run(random, last - week * 7 * _DAY, 0) for week in weeks],
    )


def _run(random: Random, due: datetime, exit_code: int) -> Run:
    start = due + timedelta(seconds=random.uniform(1, 9))
    return Run(start, start + timedelta(minutes=random.uniform(6, 14)), exit_code)
