"""The form of an SLO: what it shows at first, and how it is read."""

from collections.abc import Mapping
from dataclasses import fields
from typing import cast
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.analytics.slo_period import ROLLING_DAYS, CalendarUnit
from models.slo import Indicator
from services.slos import views
from services.slos.values import (
    LONGEST_NAME,
    LONGEST_TAG,
    TARGET_PERCENT,
    THRESHOLD_MS,
    USUAL_DAYS,
    SloChanges,
    SloValues,
)
from services.slos.views import SloView
from web.translations import gettext as _
from web.translations import marked
from web.typed.fields import Typed

ROLLING = "rolling"
SCOPES = {"monitor": marked("One monitor"), "tag": marked("A tag"), "all": marked("All monitors")}
INDICATORS = {
    Indicator.AVAILABILITY.value: marked("Availability: the time that is up"),
    Indicator.LATENCY.value: marked("Latency: the checks that are fast enough"),
}
PERIODS = {
    ROLLING: marked("The last days"),
    CalendarUnit.WEEK.value: marked("The calendar week"),
    CalendarUnit.MONTH.value: marked("The calendar month"),
    CalendarUnit.QUARTER.value: marked("The calendar quarter"),
}
LABELS = {
    "name": marked("Name"),
    "scope": marked("Applies to"),
    "monitor_id": marked("Monitor"),
    "tag": marked("Tag"),
    "indicator": marked("Measures"),
    "target_percent": marked("Target in percent"),
    "threshold_ms": marked("Fast enough is up to"),
    "period": marked("Period"),
    "rolling_days": marked("Days"),
    "time_zone": marked("Time zone"),
    "contact_group_ids": marked("Contact groups"),
}


def filled(view: SloView | None, *, zone: str, monitor: str) -> Mapping[str, object]:
    """Return what the fields show at first; `monitor` is that of a new SLO."""
    if view is None:
        return {
            "name": "",
            "scope": "monitor",
            "monitor_id": [monitor] if monitor else [],
            "tag": "",
            "indicator": Indicator.AVAILABILITY.value,
            "target_percent": 99.9,
            "threshold_ms": None,
            "period": ROLLING,
            "rolling_days": USUAL_DAYS,
            "time_zone": zone,
            "contact_group_ids": [],
        }
    values = views.values_of(view)
    scope = "monitor" if values.monitor_id else "tag" if values.tag else "all"
    return {
        "name": values.name,
        "scope": scope,
        "monitor_id": [values.monitor_id] if values.monitor_id else [],
        "tag": values.tag or "",
        "indicator": values.indicator.value,
        "target_percent": values.target_percent,
        "threshold_ms": values.threshold_ms,
        "period": values.calendar.value if values.calendar else ROLLING,
        "rolling_days": values.rolling_days or USUAL_DAYS,
        "time_zone": values.time_zone,
        "contact_group_ids": [str(each) for each in values.contact_group_ids],
    }


def read(form: MultiDict[str, str]) -> SloValues:
    """Return what was typed. Raise `Invalid` with every field that cannot be read."""
    typed = Typed(form)
    scope, period = typed.one_of("scope", SCOPES), typed.one_of("period", PERIODS)
    indicator = typed.choice("indicator", Indicator)
    is_latency = indicator is Indicator.LATENCY
    values = SloValues(
        name=typed.line("name", longest=LONGEST_NAME),
        target_percent=_percent(typed),
        indicator=indicator,
        threshold_ms=typed.whole("threshold_ms", *THRESHOLD_MS) if is_latency else None,
        monitor_id=_monitor(typed, form) if scope == "monitor" else None,
        tag=typed.line("tag", longest=LONGEST_TAG) if scope == "tag" else None,
        rolling_days=typed.whole("rolling_days", *ROLLING_DAYS) if period == ROLLING else None,
        calendar=CalendarUnit(period) if period in set(CalendarUnit) else None,
        time_zone=typed.text("time_zone") or "UTC",
        contact_group_ids=[
            typed.as_uuid("contact_group_ids", each)
            for each in dict.fromkeys(form.getlist("contact_group_ids"))
        ],
    )
    typed.refuse()
    return values


def changes(values: SloValues) -> SloChanges:
    """Return all values as a change."""
    given = {each.name: getattr(values, each.name) for each in fields(values)}
    return cast("SloChanges", given)


def _percent(typed: Typed) -> float:
    least, most = TARGET_PERCENT
    try:
        number = float(typed.text("target_percent").replace(",", "."))
    except ValueError:
        number = 0
    if not least <= number <= most:
        limits = {"least": least, "most": most}
        typed.fail("target_percent", _("Use a number from %(least)s to %(most)s.") % limits)
        return least
    return number


def _monitor(typed: Typed, form: MultiDict[str, str]) -> UUID | None:
    given = form.getlist("monitor_id")
    if len(given) != 1:
        typed.fail("monitor_id", _("Choose one monitor."))
        return None
    return typed.as_uuid("monitor_id", given[0])
