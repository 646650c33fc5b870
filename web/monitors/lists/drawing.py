"""The small drawings of a list: days as bars, and latencies as a line, as paths of SVG.

Thick lines take half the bytes of shapes, and a list has thousands of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.analytics.bars import DayBar

_HIGH, _GAP = 26, 2
"""The height of a whole day, and the gap above a loss. A day is one unit wide, with its gap."""
_LEAST = 5
"""What a short outage takes of the height of its day, so that it is seen."""
_LOST = ("down", "degraded", "maintenance", "unknown")
_HOUR, _LINE_HIGH = 4, 22
"""From one latency to the next, and how far their line goes up and down, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The paths of days by the name of their style, without those that draw nothing.

    The others are numbers of days: all of them, and those with such a loss.
    """

    paths: Sequence[tuple[str, str]]
    days: int
    down: int
    degraded: int
    unknown: int


def bars(days: Sequence[DayBar]) -> Bars:
    """Draw days. What was down or degraded fills a day from below, with a gap above it.

    A day with an outage has a mark under the line, so that no colour is needed.
    """
    up: list[_Run] = []
    none: list[_Run] = []
    lost: dict[str, list[str]] = {name: [] for name in _LOST}
    calm_from = 0
    for number, day in enumerate(days):
        if day.is_calm:
            continue
        _add(up, calm_from, number, _HIGH)
        calm_from = number + 1
        if not day.uptime.monitored:
            _add(none, number, number + 1, 0)
            continue
        top = _HIGH
        for name, path, above in _losses(day, number):
            lost[name].append(path)
            top = above
        if day.uptime.up > day.degraded and top > 1:
            _add(up, number, number + 1, top)
    _add(up, calm_from, len(days), _HIGH)
    drawn = {"up": _dashes(up), **{name: "".join(paths) for name, paths in lost.items()}}
    drawn["none"] = "".join(f"M{run.begin} 25H{run.end}" for run in none)
    return Bars(
        paths=[(name, path) for name, path in drawn.items() if path],
        days=len(days),
        down=len(lost["down"]),
        degraded=len(lost["degraded"]),
        unknown=len(lost["unknown"]),
    )


def line(points: Sequence[float | None]) -> str:
    """Return the path of a line; None leaves a gap, and without any number there is no line."""
    known = [each for each in points if each is not None]
    if not known:
        return ""
    low = min(known) * 0.6
    scale = _LINE_HIGH / max(max(known) - low, 1)
    path, pen, before = "", "", 0
    for number, each in enumerate(points):
        if each is None:
            pen = ""
            continue
        height = int(_LINE_HIGH + 1 - (each - low) * scale)
        if pen:
            path += f"{pen}{_HOUR}{'' if height < before else ' '}{height - before}"
            pen = " "
        else:
            path += f"M{number * _HOUR} {height}"
            pen = "l"
        before = height
    return path


class _Run(NamedTuple):
    """Days in a row that were up until the same height from above."""

    begin: int
    end: int
    high: int


def _add(runs: list[_Run], begin: int, end: int, high: int) -> None:
    """Add days to the last run if they go on with it, or else begin another one."""
    if begin == end:
        return
    if runs and runs[-1].end == begin and runs[-1].high == high:
        begin = runs.pop().begin
    runs.append(_Run(begin, end, high))


def _dashes(runs: Sequence[_Run]) -> str:
    """Return the path of lines as thick as a whole day; their style cuts them into days.

    Of a lower day the line is so high that its upper part lies outside of the drawing.
    """
    path, x, y = "", 0, 0
    for begin, end, high in runs:
        right, down = begin - x, high - _HIGH // 2 - y
        path += f"{'m' if path else 'M'}{right}{'' if down < 0 else ' '}{down}h{end - begin}"
        x, y = end, y + down
    return path


def _losses(day: DayBar, at: int) -> Iterator[tuple[str, str, int]]:
    """Yield the path of each loss of a day from below, and until where the day is left above it."""
    shares = day.uptime
    seconds = (shares.down, day.degraded, shares.maintenance, shares.unknown)
    bottom = _HIGH
    for name, lost in zip(_LOST, seconds, strict=True):
        if not lost:
            continue
        high = min(max(round(lost / shares.monitored * _HIGH), _LEAST), bottom)
        if name == "down":
            # The dashes of its style are the mark, a gap and the bar.
            path = f"M{at} 30v-{high + 4}"
        elif name == "unknown":
            path = f"M{at} {bottom - 1}h.6v-{max(high - 1, 1)}h-.6z"
        else:
            path = f"M{at} {bottom}v-{high}"
        bottom = max(bottom - high - _GAP, 0)
        yield name, path, bottom


FILTERS: Mapping[str, Callable[..., object]] = {"drawn": bars, "line_path": line}
