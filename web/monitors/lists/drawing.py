"""The small drawings of a list: days as bars, and latencies as a line, as paths of SVG.

Thick lines take half the bytes of shapes, and a list has thousands of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

_STEP, _WIDTH, _GAP = 7, 5, 2
"""From one day to the next, of a bar, and between bars, in units of the drawing."""
_HIGH = 26
_LEAST = 5
"""The height of a whole day, and what a short outage takes of it, so that it is seen."""
_LOST = ("down", "degraded", "maintenance", "unknown")
_HOUR, _LINE_HIGH = 4, 22
"""From one latency to the next, and how far their line goes up and down, in pixels."""

Day = Mapping[str, float]


def bars(days: Sequence[Day]) -> list[tuple[str, str]]:
    """Return the paths of days by the name of their style, without those that draw nothing.

    What was down or degraded fills a day from below, with a gap above it. A day with an outage has
    a mark under the line, so that no colour is needed.
    """
    up: list[_Run] = []
    none: list[_Run] = []
    lost: dict[str, list[str]] = {name: [] for name in _LOST}
    for number, day in enumerate(days):
        at, top = number * _STEP, _HIGH
        for name, path, above in _losses(day, at):
            lost[name].append(path)
            top = above
        if not any(day[name] for name in ("up", *_LOST)):
            _add(none, _Run(at, at + _WIDTH, 0))
        elif day["up"] and top > 1:
            _add(up, _Run(at, at + _WIDTH, top))
    drawn = {"up": _dashes(up), **{name: "".join(paths) for name, paths in lost.items()}}
    drawn["none"] = "".join(f"M{run.begin} 25H{run.end}" for run in none)
    return [(name, path) for name, path in drawn.items() if path]


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


def _add(runs: list[_Run], day: _Run) -> None:
    """Add a day to the last run if it goes on, or else begin another one."""
    if runs and runs[-1].end + _GAP == day.begin and runs[-1].high == day.high:
        runs[-1] = runs[-1]._replace(end=day.end)
    else:
        runs.append(day)


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


def _losses(day: Day, at: int) -> Iterator[tuple[str, str, int]]:
    """Yield the path of each loss of a day from below, and until where the day is left above it."""
    total = day["up"] + sum(day[name] for name in _LOST)
    bottom = _HIGH
    for name in _LOST:
        if not day[name]:
            continue
        high = min(max(round(day[name] / total * _HIGH), _LEAST), bottom)
        if name == "down":
            # The dashes of its style are the mark, a gap and the bar.
            path = f"M{at} 30v-{high + 4}"
        elif name == "unknown":
            path = f"M{at} {bottom - 1}h4v-{max(high - 1, 1)}h-4z"
        else:
            path = f"M{at} {bottom}v-{high}"
        bottom = max(bottom - high - _GAP, 0)
        yield name, path, bottom


FILTERS: Mapping[str, Callable[..., object]] = {"bar_paths": bars, "line_path": line}
