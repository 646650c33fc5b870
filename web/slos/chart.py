"""The budget of an SLO over its period, as a chart with its table."""

from itertools import accumulate

from services.slos.details import SloDetail
from web import formats
from web.monitors.latency import Chart
from web.slos import cards
from web.translations import gettext as _

_WHOLE = 100


def of_budget(detail: SloDetail) -> Chart | None:
    """Return what was left of the budget after each day, in percent; None without any budget.

    A day that leaves less than nothing is drawn at zero.
    """
    total, days = detail.status.budget.total, detail.history.days
    if not total or not days:
        return None
    left = [max(0.0, _WHOLE * (1 - used / total)) for used in accumulate(each.bad for each in days)]
    return Chart(
        times=[int(days[0].span.start), *(int(each.span.end) for each in days)],
        series=[
            {
                "name": "left",
                "label": _("Budget left"),
                "points": [_WHOLE, *(round(each, 2) for each in left)],
            }
        ],
        label=_("Budget left by day"),
        outages=(),
        columns=[_("Day"), _("Good"), _("Used"), _("Left")],
        table=[
            [
                formats.on_day(each.day),
                formats.percent(None if each.percent is None else each.percent / _WHOLE),
                cards.amount(detail.slo, each.bad),
                formats.percent(rest / _WHOLE),
            ]
            for each, rest in zip(reversed(days), reversed(left), strict=True)
        ],
    )
