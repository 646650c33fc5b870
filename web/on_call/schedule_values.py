"""Reads the draft of an on-call schedule into the values that the service takes."""

from collections.abc import Iterator

from werkzeug.datastructures import MultiDict

from domain.on_call.layer import Handoff, HandoffKind, Hours
from services.on_call.layers import LayerValues
from services.on_call.limits import LONGEST_TURN, MOST_HOURS, MOST_LAYERS, MOST_TURNS
from services.on_call.schedules import ScheduleValues
from web.on_call.schedule_draft import HoursDraft, LayerDraft, ScheduleDraft
from web.translations import gettext as _
from web.typed.fields import Typed

_WEEKDAYS = tuple(str(day) for day in range(7))


def of(draft: ScheduleDraft) -> ScheduleValues:
    """Return the schedule for the service. Raise `Invalid` with every field that cannot be read."""
    read = Typed(MultiDict(_fields(draft)))
    if not 1 <= len(draft.layers) <= MOST_LAYERS:
        read.fail("layers", _("Use from 1 to %(most)s layers.") % {"most": MOST_LAYERS})
    found = ScheduleValues(
        name=read.line("name"),
        time_zone=read.text("time_zone"),
        layers=[_layer(read, f"layers.{index}", each) for index, each in enumerate(draft.layers)],
    )
    read.refuse()
    return found


def _layer(read: Typed, at: str, draft: LayerDraft) -> LayerValues:
    if not 1 <= len(draft.contact_ids) <= MOST_TURNS:
        limits = {"most": MOST_TURNS}
        read.fail(f"{at}.contact_ids", _("Choose from 1 to %(most)s people.") % limits)
    if len(draft.hours) > MOST_HOURS:
        read.fail(f"{at}.hours", _("Use at most %(most)s restrictions.") % {"most": MOST_HOURS})
    return LayerValues(
        contact_ids=[read.as_uuid(f"{at}.contact_ids", text) for text in draft.contact_ids],
        local_start=read.local_time(f"{at}.local_start"),
        handoff=_handoff(read, f"{at}.handoff"),
        hours=[
            _hours(read, f"{at}.hours.{index}", hours) for index, hours in enumerate(draft.hours)
        ],
    )


def _handoff(read: Typed, at: str) -> Handoff:
    """Read a hand-over. What its unit does not have is ignored: the form shows all fields."""
    kind = read.choice(f"{at}.kind", HandoffKind)
    weekday = read.text(f"{at}.weekday") if kind is HandoffKind.WEEKLY else ""
    return Handoff(
        kind=kind,
        every=read.whole(f"{at}.every", 1, LONGEST_TURN),
        weekday=int(read.one_of(f"{at}.weekday", _WEEKDAYS) or 0) if weekday else None,
        at=None if kind is HandoffKind.HOURLY else read.optional_time_of_day(f"{at}.at"),
    )


def _hours(read: Typed, at: str, draft: HoursDraft) -> Hours:
    days = frozenset(int(day) for day in draft.weekdays if day in _WEEKDAYS)
    if not days:
        read.fail(f"{at}.weekdays", _("Choose at least one day."))
    return Hours(
        weekdays=days, begin=read.time_of_day(f"{at}.from"), end=read.time_of_day(f"{at}.until")
    )


def _fields(draft: ScheduleDraft) -> Iterator[tuple[str, str]]:
    yield "name", draft.name
    yield "time_zone", draft.time_zone
    for index, layer in enumerate(draft.layers):
        at = f"layers.{index}"
        yield f"{at}.local_start", layer.local_start
        yield f"{at}.handoff.kind", layer.kind
        yield f"{at}.handoff.every", layer.every
        yield f"{at}.handoff.weekday", layer.weekday
        yield f"{at}.handoff.at", layer.at
        for number, hours in enumerate(layer.hours):
            yield f"{at}.hours.{number}.from", hours.begin
            yield f"{at}.hours.{number}.until", hours.end
