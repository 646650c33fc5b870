"""The latency of a monitor as a chart with its table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypedDict

from domain.analytics.rollup import Step
from models import Incident
from services.analytics.latency_series import Phases, Point, Series
from services.time_range import Window
from web import formats, words
from web.translations import gettext as _


class Line(TypedDict):
    """A line of the chart, as its macro takes it."""

    name: str
    label: str
    points: list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the macro of a chart takes. Times are in unix seconds."""

    times: Sequence[int]
    series: Sequence[Line]
    label: str
    outages: Sequence[tuple[int, int]]
    columns: Sequence[str]
    table: Sequence[Sequence[object]]

    @property
    def is_empty(self) -> bool:
        return not any(value is not None for each in self.series for value in each["points"])


def percentiles(found: Series, outages: Iterable[tuple[int, int]]) -> Chart:
    """Return a chart of the median and of what 95 % and 99 % of the checks stay within."""
    points = found.points
    columns: Sequence[tuple[str, str, Callable[[Point], float | None]]] = (
        ("p50", _("Median"), attrgetter("p50")),
        ("p95", _("95 % within"), attrgetter("p95")),
        ("p99", _("99 % within"), attrgetter("p99")),
    )
    return Chart(
        times=_times(points),
        series=[_line(name, label, map(read, points)) for name, label, read in columns],
        label=_in_words(points),
        outages=list(outages),
        columns=[_("From"), *(label for _name, label, _read in columns), _("Checks"), _("Failed")],
        table=[
            [
                _moment(point, found.step),
                *(formats.milliseconds(read(point)) for _name, _label, read in columns),
                formats.figure(point.count),
                formats.figure(point.failed),
            ]
            for point in reversed(points)
        ],
    )


def phases(found: Series) -> Chart:
    """Return a chart of the mean duration of each phase."""
    points = found.points
    names = ("dns", "connect", "tls", "first_byte")
    return Chart(
        times=_times(points),
        series=[_line(each, words.phase(each), map(_phase(each), points)) for each in names],
        label=_("Mean duration of each phase"),
        outages=(),
        columns=[_("From"), *(words.phase(each) for each in names)],
        table=[
            [
                _moment(point, found.step),
                *(formats.milliseconds(_phase(each)(point)) for each in names),
            ]
            for point in reversed(points)
        ],
    )


def outages(incidents: Iterable[Incident], window: Window) -> list[tuple[int, int]]:
    """Return the spans of outages within a window, in unix seconds."""
    return [
        (
            int(max(each.started_at, window.start).timestamp()),
            int(min(each.ended_at or window.end, window.end).timestamp()),
        )
        for each in incidents
    ]


def _times(points: Sequence[Point]) -> list[int]:
    return [int(point.start.timestamp()) for point in points]


def _line(name: str, label: str, values: Iterable[float | None]) -> Line:
    shown = [None if each is None else round(each, 1) for each in values]
    return {"name": name, "label": label, "points": shown}


def _phase(name: str) -> Callable[[Point], float | None]:
    def read(point: Point) -> float | None:
        found: Phases | None = point.phases
        return None if found is None else float(getattr(found, name))

    return read


def _moment(point: Point, step: Step) -> object:
    if step is Step.HOUR:
        return formats.when(point.start)
    return formats.on_day(point.start.date())


def _in_words(points: Sequence[Point]) -> str:
    known = [point for point in points if point.p50 is not None]
    if not known:
        return _("Response time: no check succeeded in this period")
    return _("Response time, lately a median of %(median)s, and 95 %% within %(p95)s") % {
        "median": formats.milliseconds(known[-1].p50),
        "p95": formats.milliseconds(known[-1].p95),
    }
