"""What a list shows of an SLO: its objective in words, its budget, and whether it burns."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.analytics.slo_period import CalendarUnit
from models import BurnRate, Slo
from models.slo import Indicator
from server.identity.principal import Call
from services.slos import status
from services.slos.status import SloStatus
from services.slos.views import SloView
from web import formats
from web.translations import gettext as _
from web.translations import ngettext


@dataclass(frozen=True, slots=True, kw_only=True)
class SloCard:
    """Texts are empty if the SLO covers too much to be measured; `used` is a share up to 1."""

    id: UUID
    name: str
    scope: str
    objective: str
    used: float
    used_of: str
    left: str
    tone: str
    rate: str
    """The burn rate of the longest window."""
    burn: BurnRate | None


def of(call: Call, views: Sequence[SloView]) -> Sequence[SloCard]:
    """Read the cards of SLOs, with a constant number of queries."""
    slos = [view.slo for view in views]
    found = status.of(call.session, call.organization_id, slos, now=call.now)
    return [card(view, found.get(view.slo.id)) for view in views]


def card(view: SloView, found: SloStatus | None) -> SloCard:
    """Return the card of an SLO; without a status it could not be measured."""
    share = None if found is None else found.budget.used_share
    used_of = left = rate = ""
    if found is not None:
        budget = found.budget
        used_of = _("%(used)s of %(whole)s used") % {
            "used": amount(view.slo, budget.used),
            "whole": amount(view.slo, budget.total),
        }
        left = amount(view.slo, max(budget.left, 0))
        rate = formats.figure(round(found.burn_rates[-1].long, 1))
    return SloCard(
        id=view.slo.public_id,
        name=view.slo.name,
        scope=scope(view),
        objective=objective(view.slo),
        used=min(share or 0, 1),
        used_of=used_of,
        left=left,
        tone="bad" if (share or 0) >= 1 else "warn" if view.burn else "",
        rate=rate,
        burn=view.burn,
    )


def scope(view: SloView) -> str:
    """Return which monitors count."""
    if view.monitor_name is not None:
        return view.monitor_name
    if view.slo.tag is not None:
        return _("Tag %(tag)s") % {"tag": view.slo.tag}
    return _("All monitors")


def objective(slo: Slo) -> str:
    """Return an objective in words, such as `99.9 % up over 30 days`."""
    given = {"target": formats.figure(slo.target_percent), "period": period(slo)}
    if slo.indicator is Indicator.LATENCY:
        limit = formats.milliseconds(slo.threshold_ms)
        return _("%(target)s %% within %(limit)s %(period)s") % {**given, "limit": limit}
    return _("%(target)s %% up %(period)s") % given


def period(slo: Slo) -> str:
    match slo.calendar:
        case CalendarUnit.WEEK:
            return _("each week")
        case CalendarUnit.MONTH:
            return _("each month")
        case CalendarUnit.QUARTER:
            return _("each quarter")
        case None:
            days = slo.rolling_days or 0
            return ngettext("over %(n)s day", "over %(n)s days", days) % {"n": days}


def amount(slo: Slo, number: float) -> str:
    """Return a part of a budget: a length of time, or a number of checks."""
    if slo.indicator is Indicator.AVAILABILITY:
        return formats.lasting(number)
    count = round(number)
    return ngettext("%(n)s check", "%(n)s checks", count) % {"n": formats.figure(count)}
