"""The small drawings of a list: days as bars, and latencies as a line, as paths of SVG.

Lines take half the bytes of shapes, and a list has thousands of them. Days that were up are not
drawn: they are the background of the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    """Draw what days lost, from below. Their style paints whole days behind it, and a gap above.

    A day with an outage has a mark under the line, so that no colour is needed.
    """
    lost = {name: _Pen() for name in _LOST}
    none: list[tuple[int, int]] = []
    for number, day in enumerate(days):
        if day.is_calm:
            continue
        if not day.uptime.monitored:
            begin = none.pop()[0] if none and none[-1][1] == number else number
            none.append((begin, number + 1))
            continue
        for name, bottom, high in _losses(day):
            lost[name].draw(name, number, bottom, high)
    drawn = {name: pen.path for name, pen in lost.items()}
    drawn["none"] = "".join(f"M{begin} 11H{end}" for begin, end in none)
    return Bars(
        paths=[(name, path) for name, path in drawn.items() if path],
        days=len(days),
        down=lost["down"].drawn,
        degraded=lost["degraded"].drawn,
        unknown=lost["unknown"].drawn,
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


@dataclass(slots=True)
class _Pen:
    """Draws the losses of one sort, each from where the one before it ended."""

    path: str = ""
    drawn: int = 0
    x: int = 0
    y: int = 0

    def draw(self, name: str, number: int, bottom: int, high: int) -> None:
        if name == "unknown":
            # A box, which ends where it began.
            bottom, high = bottom - 1, max(high - 1, 1)
            end = bottom
            shape = f"v-{high}h.6v{high}z"
        else:
            # The dashes of the style for outages are the mark, a gap and the bar.
            bottom, high = (30, high + 4) if name == "down" else (bottom, high)
            end, shape = bottom - high, f"v-{high}"
        right, down = number - self.x, bottom - self.y
        begin = f"m{right}{'' if down < 0 else ' '}{down}" if self.path else f"M{number} {bottom}"
        self.path += begin + shape
        self.drawn += 1
        self.x, self.y = number, end


def _losses(day: DayBar) -> Iterator[tuple[str, int, int]]:
    """Yield the losses of a day from below: where each begins, and how high it is.

    The last one reaches up to the top if the day was never up.
    """
    shares = day.uptime
    seconds = (shares.down, day.degraded, shares.maintenance, shares.unknown)
    lost = [(name, each) for name, each in zip(_LOST, seconds, strict=True) if each]
    is_up = shares.up > day.degraded
    bottom = _HIGH
    for name, each in lost:
        high = min(max(round(each / shares.monitored * _HIGH), _LEAST), bottom)
        if name == lost[-1][0] and not is_up:
            high = bottom
        yield name, bottom, high
        bottom = max(bottom - high - _GAP, 0)


FILTERS: Mapping[str, Callable[..., object]] = {"drawn": bars, "line_path": line}
