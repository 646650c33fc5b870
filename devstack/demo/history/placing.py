"""The story on the slots of real monitors: an outage begins and ends with a check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from devstack.demo.story.past import Outage, Story, Watched
from domain.analytics.uptime import Span
from domain.evaluation import heartbeat
from domain.evaluation.slots import FOREVER, next_slot, phase_of
from models import Monitor
from services.monitors.views import MonitorView
from services.schedules.schedules import AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOutage:
    """An outage from its first failing check to the first good one, in unix seconds."""

    start: int
    confirmed: int
    end: int | None
    outage: Outage

    def holds(self, slot: int) -> bool:
        return self.start <= slot and (self.end is None or slot < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The history of a monitor from its `first` slot to its `last`, in unix seconds."""

    view: MonitorView
    watched: Watched
    first: int
    last: int
    outages: Sequence[PlacedOutage]
    blind: Span | None

    @property
    def monitor(self) -> Monitor:
        return self.view.monitor

    @property
    def is_job(self) -> bool:
        return self.watched.kind == heartbeat.KIND

    def slots(self, since: int, until: int = FOREVER) -> range:
        """Return the regular slots in [since, until)."""
        begin = self.slot_after(max(since, self.first))
        return range(begin, min(self.last + 1, until), self.watched.interval)

    def is_calm(self, low: int, high: int) -> bool:
        """Return whether the monitor is up in all of [low, high]."""
        spans = [(each.start, each.end) for each in self.outages]
        if self.blind is not None:
            spans.append((int(self.blind.start), int(self.blind.end)))
        return all(high < start or (end is not None and end <= low) for start, end in spans)

    def slot_after(self, second: float) -> int:
        """Return the first slot at or after a second."""
        return _slot_after(self.monitor, self.watched, second)

    def outage_at(self, slot: int) -> PlacedOutage | None:
        return next((each for each in self.outages if each.holds(slot)), None)

    @property
    def present(self) -> PlacedOutage | None:
        """The outage that goes on."""
        return self.outages[-1] if self.outages and self.outages[-1].end is None else None


def place(story: Story, monitors: Mapping[str, MonitorView]) -> list[Placed]:
    """Place the story of each monitor that was made."""
    return [
        _job(each, monitors[each.name])
        if each.kind == heartbeat.KIND
        else _probed(story, each, monitors[each.name])
        for each in story.monitors
        if each.name in monitors
    ]


def _probed(story: Story, watched: Watched, view: MonitorView) -> Placed:
    def slot(moment: datetime) -> int:
        return _slot_after(view.monitor, watched, moment.timestamp())

    blind = Span(*(slot(each) for each in story.blind))
    return Placed(
        view=view,
        watched=watched,
        # As `schedules.begin` has it.
        first=_slot_after(view.monitor, watched, int(story.start.timestamp()) + 1 + AHEAD),
        last=slot(watched.paused_at or story.now) - watched.interval,
        outages=[
            PlacedOutage(
                start=slot(each.start),
                confirmed=slot(each.start) + view.monitor.recheck_seconds,
                end=None if each.end is None else slot(each.end),
                outage=each,
            )
            for each in watched.outages
        ],
        blind=blind,
    )


def _job(watched: Watched, view: MonitorView) -> Placed:
    outages = [
        PlacedOutage(
            start=int(each.start.timestamp()),
            confirmed=int(each.start.timestamp()),
            end=None if each.end is None else int(each.end.timestamp()),
            outage=each,
        )
        for each in watched.outages
    ]
    ends = [int(each.end.timestamp()) for each in watched.runs]
    return Placed(
        view=view,
        watched=watched,
        first=ends[0],
        last=max([*ends, *(each.start for each in outages)]),
        outages=outages,
        blind=None,
    )


def _slot_after(monitor: Monitor, watched: Watched, second: float) -> int:
    phase = phase_of(monitor.id, watched.interval)
    return next_slot(phase, watched.interval, int(second) - 1)
