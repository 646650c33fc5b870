"""How many checks a search finds over time, as a chart with its table."""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.analytics.rollup import Step
from domain.evaluation.outcome import Outcome
from services.search.counts import Bucket
from services.time_range import Window
from web import formats, words
from web.monitors.latency import Chart, Line
from web.translations import gettext as _

_WORST_FIRST = (Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN, Outcome.UP)


def of_counts(buckets: Sequence[Bucket], window: Window, step: Step) -> Chart:
    """Return a line for each outcome that was found; a step without any check is zero."""
    counts = {int(each.start.timestamp()): each.counts for each in buckets}
    starts = list(_starts(window, step))
    shown = [
        each for each in _WORST_FIRST if any(each in of_bucket for of_bucket in counts.values())
    ]
    lines: list[Line] = [
        {
            "name": each.value,
            "label": words.outcome(each.value),
            "points": [counts.get(start, {}).get(each, 0) for start in starts],
        }
        for each in shown
    ]
    return Chart(
        times=starts,
        series=lines,
        label=_("Checks by hour") if step is Step.HOUR else _("Checks by day"),
        outages=(),
        columns=[_("From"), *(words.outcome(each.value) for each in shown)],
        table=[
            [
                formats.when(datetime.fromtimestamp(start, UTC)),
                *(formats.figure(counts[start].get(each, 0)) for each in shown),
            ]
            for start in reversed(starts)
            if start in counts
        ],
    )


def _starts(window: Window, step: Step) -> Sequence[int]:
    found, at = [], step.begin(window.first_slot)
    while at < window.end_slot:
        found.append(at)
        at = step.following(at)
    return found
