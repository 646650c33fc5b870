"""The same change of several monitors: what it would be for each, and how it went for each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.text_lines import is_line
from server.identity.principal import Call
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.maintenance import windows as maintenance_windows
from services.maintenance.windows import WindowValues
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import monitors
from services.monitors import views as monitor_views
from services.monitors.bounds import LONGEST_NAME
from services.monitors.changes import MonitorChanges
from services.monitors.values import MonitorValues
from services.monitors.views import MonitorView
from web import refusals
from web.monitors.lists.acts import ACTS, BulkAct
from web.translations import gettext as _

MOST = 500
"""The most monitors of one act."""
PORTION = 25
"""The monitors that one request changes. Their rows are locked until its commit, and checks wait."""

_UNITS = {"1", "60", "3600"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An act with its value, as the form of the preview has it."""

    act: BulkAct
    tags: Sequence[str] = ()
    seconds: int | None = None
    group_ids: Sequence[UUID] = ()
    is_addition: bool = True
    policy_id: UUID | None = None
    project_id: UUID | None = None
    name: str = ""
    missing: Mapping[str, str] = field(default_factory=dict)
    """What the form does not say yet, by the name of its field."""

    def of(self, before: MonitorValues) -> MonitorChanges:
        """Return the fields of a monitor that this changes."""
        return _FIELDS[self.act.name](self, before) if self.act.name in _FIELDS else {}


@dataclass(frozen=True, slots=True)
class Result:
    """How an act went for one monitor; without a problem it was done."""

    name: str
    problem: str = ""


def read(given: MultiDict[str, str]) -> Change:
    """Return the change that a form describes. Raise `NotFound` for an unknown act."""
    act = ACTS.get(given.get("act", ""))
    if act is None:
        raise NotFound("act")
    if not act.needs_value:
        return Change(act=act)
    return _READERS[act.name](act, given)


def preview(
    call: Call, change: Change, views: Sequence[MonitorView]
) -> list[tuple[MonitorView, MonitorValues, MonitorValues | Invalid]]:
    """Return each monitor with its values before and after the change."""
    now = [monitors.values_of(view) for view in views]
    found = monitors.preview(
        call.session,
        call.organization_id,
        views,
        [change.of(each) for each in now],
        own=call.principal.permissions,
    )
    return [(view, *values) for view, values in zip(views, found, strict=True)]


def apply(call: Call, change: Change, views: Iterable[MonitorView]) -> list[Result]:
    """Change one monitor after the other, each by itself: what one refuses does not stop others."""
    return [_apply_one(call, change, view) for view in views]


def cover(call: Call, change: Change, views: Sequence[MonitorView]) -> None:
    """Begin a maintenance window of these monitors now."""
    values = WindowValues(
        name=change.name,
        monitor_ids=[view.monitor.public_id for view in views],
        duration_seconds=change.seconds,
    )
    maintenance_windows.create(call.session, call.organization_id, values, now=call.now)


def _apply_one(call: Call, change: Change, view: MonitorView) -> Result:
    name = view.monitor.name
    try:
        with call.session.begin_nested():
            _act(call, change, view)
    except Invalid as invalid:
        return Result(name, refusals.in_words(invalid))
    except NotFound:
        return Result(name, _("It was deleted meanwhile."))
    except (Conflict, Forbidden) as refused:
        return Result(name, refusals.translated(str(refused)))
    return Result(name)


def _act(call: Call, change: Change, view: MonitorView) -> None:
    session, organization_id, now = call.session, call.organization_id, call.now
    monitor_id = view.monitor.public_id
    match change.act.name:
        case "pause":
            locked = monitor_views.find_locked(session, organization_id, monitor_id)
            monitor_lifecycle.pause(session, locked, now=now)
        case "resume":
            monitors.resume(session, organization_id, monitor_id, now=now)
        case "delete":
            monitors.delete(session, organization_id, monitor_id, now=now)
        case _:
            monitors.change(
                session,
                organization_id,
                monitor_id,
                change.of(monitors.values_of(view)),
                now=now,
                own=call.principal.permissions,
            )


def _with_tags(change: Change, before: MonitorValues) -> MonitorChanges:
    return {"tags": list(dict.fromkeys([*before.tags, *change.tags]))}


def _without_tags(change: Change, before: MonitorValues) -> MonitorChanges:
    return {"tags": [tag for tag in before.tags if tag not in change.tags]}


def _with_interval(change: Change, _before: MonitorValues) -> MonitorChanges:
    return {"interval_seconds": change.seconds}


def _with_groups(change: Change, before: MonitorValues) -> MonitorChanges:
    kept = before.contact_group_ids if change.is_addition else []
    return {"contact_group_ids": list(dict.fromkeys([*kept, *change.group_ids]))}


def _with_policy(change: Change, _before: MonitorValues) -> MonitorChanges:
    return {"escalation_policy_id": change.policy_id}


def _with_project(change: Change, _before: MonitorValues) -> MonitorChanges:
    return {"project_id": change.project_id}


_FIELDS: Mapping[str, Callable[[Change, MonitorValues], MonitorChanges]] = {
    "pause": lambda _change, _before: {"paused": True},
    "resume": lambda _change, _before: {"paused": False},
    "add_tags": _with_tags,
    "remove_tags": _without_tags,
    "interval": _with_interval,
    "groups": _with_groups,
    "policy": _with_policy,
    "project": _with_project,
}


def _read_tags(act: BulkAct, given: MultiDict[str, str]) -> Change:
    tags = [tag.strip() for tag in given.get("tags", "").split(",")]
    named = list(dict.fromkeys(tag for tag in tags if tag))
    missing = {} if named else {"tags": _("Enter one or more tags, separated by commas.")}
    return Change(act=act, tags=named, missing=missing)


def _read_interval(act: BulkAct, given: MultiDict[str, str]) -> Change:
    seconds = _seconds(given, "interval")
    missing = {} if seconds else {"interval": _("Enter a whole number above 0.")}
    return Change(act=act, seconds=seconds, missing=missing)


def _read_groups(act: BulkAct, given: MultiDict[str, str]) -> Change:
    group_ids = [each for each in map(_identity, given.getlist("group")) if each is not None]
    is_addition = given.get("mode") != "replace"
    missing = {"group": _("Choose a contact group.")} if is_addition and not group_ids else {}
    if "mode" not in given:
        missing = {"group": ""}
    return Change(act=act, group_ids=group_ids, is_addition=is_addition, missing=missing)


def _read_policy(act: BulkAct, given: MultiDict[str, str]) -> Change:
    missing = {} if "policy" in given else {"policy": ""}
    return Change(act=act, policy_id=_identity(given.get("policy", "")), missing=missing)


def _read_project(act: BulkAct, given: MultiDict[str, str]) -> Change:
    missing = {} if "project" in given else {"project": ""}
    return Change(act=act, project_id=_identity(given.get("project", "")), missing=missing)


def _read_maintenance(act: BulkAct, given: MultiDict[str, str]) -> Change:
    seconds, name = _seconds(given, "duration"), given.get("name", "").strip()
    is_name = 1 <= len(name) <= LONGEST_NAME and is_line(name)
    missing = {
        **({} if is_name else {"name": _("Enter what the maintenance is for, in a few words.")}),
        **({} if seconds else {"duration": _("Enter how long it takes.")}),
    }
    return Change(act=act, seconds=seconds, name=name, missing=missing)


_READERS: Mapping[str, Callable[[BulkAct, MultiDict[str, str]], Change]] = {
    "add_tags": _read_tags,
    "remove_tags": _read_tags,
    "interval": _read_interval,
    "groups": _read_groups,
    "policy": _read_policy,
    "project": _read_project,
    "maintenance": _read_maintenance,
}


def _seconds(given: MultiDict[str, str], name: str) -> int | None:
    number, unit = given.get(name, "").strip(), given.get(f"{name}_unit", "1")
    if not (number.isascii() and number.isdigit() and len(number) <= len("1000000")):
        return None
    return int(number) * int(unit if unit in _UNITS else "1") or None


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
