"""What the form of a maintenance window shows beside its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request

from domain.maintenance import Occurrence
from server.identity.principal import Call
from services.incidents import covered
from services.incidents.history import IncidentView
from services.maintenance import windows as maintenance_windows
from services.maintenance.views import WindowView
from services.maintenance.windows import MOST_MONITORS, WindowValues
from services.monitors import names
from web.forms import Form
from web.maintenance import form as window_form
from web.monitors import picker
from web.monitors.picker import Picker
from web.preferences import current

PREVIEW = "preview"
MOST_SHOWN = 5
_MOST_COVERED = 5


@dataclass(frozen=True, slots=True)
class FormPage:
    """`preview` is None unless it was asked for."""

    present: Mapping[str, object]
    monitors: Picker
    zone: str
    preview: Sequence[Occurrence] | None
    covered: Sequence[IncidentView]


def of(call: Call, form: Form, view: WindowView | None) -> FormPage:
    """Read what the form of a new or a present window shows."""
    present = window_form.filled(view) if view else _usual()
    ids = picker.ids(form.values("monitor_ids", present["monitor_ids"]), most=MOST_MONITORS)  # type: ignore[arg-type]  # a list
    values = _previewed(form)
    return FormPage(
        present,
        picker.of(call, ids, form.value("q")),
        values.time_zone if values else str(present["time_zone"]),
        None if values is None else maintenance_windows.preview(values, now=call.now)[:MOST_SHOWN],
        [] if values is None else under(call, values),
    )


def under(call: Call, scope: WindowValues) -> list[IncidentView]:
    """Return the open incidents that a window covers."""
    return covered.by(
        call.session,
        call.organization_id,
        all_monitors=scope.all_monitors,
        monitor_ids=scope.monitor_ids,
        tags=scope.tags,
        limit=_MOST_COVERED,
    )


def scope_of(view: WindowView) -> WindowValues:
    """Return the scope of a window that exists."""
    window = view.window
    return WindowValues(
        name=window.name,
        all_monitors=window.all_monitors,
        monitor_ids=view.monitor_ids,
        tags=window.tags,
    )


def _usual() -> dict[str, object]:
    asked = request.args.get("monitor", "")
    return {
        "name": "",
        "time_zone": current().zone_name,
        "local_start": "",
        "duration_seconds": 3600,
        "repeats": window_form.ONCE,
        "recurrence": "",
        "all_monitors": False,
        "tags": "",
        "monitor_ids": [asked] if asked else [],
    }


def _previewed(form: Form) -> WindowValues | None:
    if form.typed.get("do") != PREVIEW or form.problems:
        return None
    return window_form.read(form.typed)


def monitors_of(call: Call, view: WindowView) -> dict[UUID, str]:
    """Return the names of the monitors that a window names one by one."""
    return names.of(call.session, call.organization_id, view.monitor_ids)
