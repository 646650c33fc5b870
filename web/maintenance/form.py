"""The form of a maintenance window: read into what the service takes, and filled from a window."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.maintenance import LONGEST, SHORTEST
from models import MaintenanceWindow
from services.maintenance.views import WindowView
from services.maintenance.windows import (
    LONGEST_NAME,
    LONGEST_RECURRENCE,
    LONGEST_TAG,
    MOST_MONITORS,
    MOST_TAGS,
    WindowValues,
)
from web.translations import gettext as _
from web.translations import marked
from web.typed.fields import Typed

ONCE, OWN = "", "own"
RULES: Mapping[str, str] = {
    "daily": "FREQ=DAILY",
    "workdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "weekly": "FREQ=WEEKLY",
    "monthly": "FREQ=MONTHLY",
}
"""The rules to choose from. Day and time are those of the first start."""
LABELS: Mapping[str, str] = {
    "name": marked("Name"),
    "time_zone": marked("Time zone"),
    "local_start": marked("Start"),
    "duration_seconds": marked("Duration"),
    "repeats": marked("Repeats"),
    "recurrence": marked("Recurrence rule"),
    "all_monitors": marked("All monitors"),
    "tags": marked("Tags"),
    "monitor_ids": marked("Monitors"),
}
_REPEATS = {
    ONCE: marked("Once"),
    "daily": marked("Every day"),
    "workdays": marked("From Monday to Friday"),
    "weekly": marked("Every week"),
    "monthly": marked("Every month"),
    OWN: marked("Custom rule"),
}
_UNITS = ("60", "3600", "86400")


def repeats() -> list[tuple[str, str]]:
    """Return how a window may repeat, to choose from."""
    return [(value, _(label)) for value, label in _REPEATS.items()]


def read(typed: MultiDict[str, str]) -> WindowValues:
    """Return the values of a form. Raise `Invalid` for what cannot be read."""
    fields = Typed(typed)
    values = WindowValues(
        name=fields.line("name", longest=LONGEST_NAME),
        time_zone=fields.text("time_zone") or "UTC",
        local_start=fields.local_time("local_start") if fields.text("local_start") else None,
        duration_seconds=_duration(fields),
        recurrence=_recurrence(fields),
        all_monitors=bool(fields.text("all_monitors")),
        monitor_ids=_monitor_ids(fields, typed.getlist("monitor_ids")),
        tags=_tags(fields),
    )
    fields.refuse()
    return values


def filled(view: WindowView) -> dict[str, object]:
    """Return the values of a window by the names of the fields."""
    window: MaintenanceWindow = view.window
    known = {rule: name for name, rule in RULES.items()}
    rule = window.recurrence
    return {
        "name": window.name,
        "time_zone": window.time_zone,
        "local_start": f"{window.local_start:%Y-%m-%dT%H:%M}",
        "duration_seconds": window.duration_seconds,
        "repeats": ONCE if rule is None else known.get(rule, OWN),
        "recurrence": "" if rule is None or rule in known else rule,
        "all_monitors": window.all_monitors,
        "tags": ", ".join(window.tags),
        "monitor_ids": [str(each) for each in view.monitor_ids],
    }


def _duration(fields: Typed) -> int:
    unit = fields.text("duration_seconds_unit")
    try:
        seconds = float(fields.text("duration_seconds")) * int(unit if unit in _UNITS else "60")
        if SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds():
            return round(seconds)
    except ValueError:
        pass
    days = LONGEST // timedelta(days=1)
    text = _("A window may last from one minute to %(days)s days.") % {"days": days}
    fields.fail("duration_seconds", text)
    return 0


def _recurrence(fields: Typed) -> str | None:
    chosen = fields.one_of("repeats", _REPEATS)
    if chosen != OWN:
        return RULES.get(chosen)
    rule = fields.text("recurrence")
    if not rule or len(rule) > LONGEST_RECURRENCE:
        fields.fail("recurrence", _("Enter a rule such as FREQ=WEEKLY;BYDAY=SU."))
    return rule


def _monitor_ids(fields: Typed, texts: list[str]) -> list[UUID]:
    if len(texts) > MOST_MONITORS:
        text = _("Choose at most %(most)s monitors, or a tag.") % {"most": MOST_MONITORS}
        fields.fail("monitor_ids", text)
        return []
    return [fields.as_uuid("monitor_ids", each) for each in texts]


def _tags(fields: Typed) -> list[str]:
    tags = [each.strip() for each in fields.text("tags").split(",") if each.strip()]
    if len(tags) > MOST_TAGS or any(len(each) > LONGEST_TAG for each in tags):
        limits = {"most": MOST_TAGS, "longest": LONGEST_TAG}
        text = _("Use at most %(most)s tags of %(longest)s characters.") % limits
        fields.fail("tags", text)
    return tags
