"""The parts of the story: monitors, their outages, and the runs of jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from devstack.demo.story.failures import Failure
from domain.evaluation.state import Severity

DAYS = 30
BLIND_DAYS = 12
"""How many days ago the monitoring itself stood still."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
