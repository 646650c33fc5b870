"""An on-call schedule while it is edited: what was typed, and not yet what is right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.on_call.layer import Handoff, Hours
from services.on_call.layers import LayerValues
from services.on_call.limits import MOST_HOURS, MOST_LAYERS, MOST_TURNS
from services.on_call.views import ScheduleView
from web.on_call import edits
from web.on_call.edits import Edit
from web.translations import gettext as _

_OF_LAYER, _OF_ITEM = 2, 4
_WORKDAYS = ("0", "1", "2", "3", "4")


@dataclass(slots=True, kw_only=True)
class HoursDraft:
    weekdays: list[str] = field(default_factory=lambda: list(_WORKDAYS))
    begin: str = "09:00"
    end: str = "17:00"


@dataclass(slots=True, kw_only=True)
class LayerDraft:
    contact_ids: list[str] = field(default_factory=list)
    local_start: str = ""
    kind: str = "weekly"
    every: str = "1"
    weekday: str = ""
    at: str = "09:00"
    hours: list[HoursDraft] = field(default_factory=list)

    def edit(self, edit: Edit) -> None:
        if edit.verb == "add" and edit.path[_OF_LAYER:] == ("hours",):
            if len(self.hours) < MOST_HOURS:
                self.hours.append(HoursDraft())
        elif len(edit.path) == _OF_ITEM and edit.path[_OF_LAYER] == "hours":
            edits.apply(edit, self.hours)
        elif len(edit.path) == _OF_ITEM and edit.path[_OF_LAYER] == "contact_ids":
            edits.apply(edit, self.contact_ids)


@dataclass(slots=True, kw_only=True)
class ScheduleDraft:
    """The fields of the form as text, under the names that the service gives them."""

    name: str = ""
    time_zone: str = "UTC"
    layers: list[LayerDraft] = field(default_factory=list)

    def edited(self, edit: Edit, *, today: str) -> "ScheduleDraft":
        """Carry out an edit, and return the draft. A new layer begins `today`."""
        if edit.verb == "add" and edit.path == ("layers",):
            if len(self.layers) < MOST_LAYERS:
                self.layers.append(LayerDraft(local_start=today))
        elif edit.of("layers", "*") and int(edit.path[1]) < len(self.layers):
            if len(edit.path) == _OF_LAYER:
                edits.apply(edit, self.layers)
            else:
                self.layers[int(edit.path[1])].edit(edit)
        return self

    @property
    def contact_ids(self) -> list[UUID]:
        """All contacts of the draft that can be read."""
        found = []
        for text in (text for layer in self.layers for text in layer.contact_ids):
            try:
                found.append(UUID(text))
            except ValueError:
                continue
        return found


def first(zone: str, today: str) -> ScheduleDraft:
    """Return the draft of a new schedule: one layer with weekly turns."""
    return ScheduleDraft(time_zone=zone, layers=[LayerDraft(local_start=today)])


def of_view(view: ScheduleView) -> ScheduleDraft:
    """Return the draft of a stored schedule."""
    return ScheduleDraft(
        name=view.schedule.name,
        time_zone=view.schedule.time_zone,
        layers=[_layer(layer) for layer in view.layers],
    )


def typed(form: MultiDict[str, str]) -> ScheduleDraft:
    """Return the draft that a form describes. A contact chosen last needs no button."""
    return ScheduleDraft(
        name=form.get("name", ""),
        time_zone=form.get("time_zone", ""),
        layers=[
            _typed_layer(form, f"layers.{index}")
            for index in edits.positions(form, "layers", "local_start", most=MOST_LAYERS)
        ],
    )


def labels(draft: ScheduleDraft) -> Mapping[str, str]:
    """Return the labels of the fields by their names."""
    found = {"name": _("Name"), "time_zone": _("Time zone"), "layers": _("Layers")}
    for index in range(len(draft.layers)):
        at, layer = f"layers.{index}", _("Layer %(number)s") % {"number": index + 1}
        for name, label in (
            ("contact_ids", _("people")),
            ("local_start", _("beginning")),
            ("handoff.every", _("length of a turn")),
            ("handoff.weekday", _("day of the handoff")),
            ("handoff.at", _("time of the handoff")),
            ("hours", _("hours")),
        ):
            found[f"{at}.{name}"] = _("%(layer)s, %(field)s") % {"layer": layer, "field": label}
    return found


def local(moment: datetime) -> str:
    """Write a time of clocks as a browser shows it for editing."""
    return moment.strftime("%Y-%m-%dT%H:%M")


def _layer(layer: LayerValues) -> LayerDraft:
    handoff: Handoff = layer.handoff
    return LayerDraft(
        contact_ids=[str(each) for each in layer.contact_ids],
        local_start=local(layer.local_start),
        kind=handoff.kind.value,
        every=str(handoff.every),
        weekday="" if handoff.weekday is None else str(handoff.weekday),
        at="" if handoff.at is None else f"{handoff.at:%H:%M}",
        hours=[_hours(each) for each in layer.hours],
    )


def _hours(hours: Hours) -> HoursDraft:
    return HoursDraft(
        weekdays=[str(day) for day in sorted(hours.weekdays)],
        begin=f"{hours.begin:%H:%M}",
        end=f"{hours.end:%H:%M}",
    )


def _typed_layer(form: MultiDict[str, str], at: str) -> LayerDraft:
    chosen = [*form.getlist(f"{at}.contact_ids"), form.get(f"{at}.contact_ids.add", "")]
    return LayerDraft(
        contact_ids=[each for each in chosen if each][: MOST_TURNS + 1],
        local_start=form.get(f"{at}.local_start", ""),
        kind=form.get(f"{at}.handoff.kind", ""),
        every=form.get(f"{at}.handoff.every", ""),
        weekday=form.get(f"{at}.handoff.weekday", ""),
        at=form.get(f"{at}.handoff.at", ""),
        hours=[
            HoursDraft(
                weekdays=form.getlist(f"{at}.hours.{index}.weekdays"),
                begin=form.get(f"{at}.hours.{index}.from", ""),
                end=form.get(f"{at}.hours.{index}.until", ""),
            )
            for index in edits.positions(form, f"{at}.hours", "from", most=MOST_HOURS)
        ],
    )
