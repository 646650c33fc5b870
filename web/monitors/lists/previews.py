"""What a change of several monitors would be for each of them, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from server.identity.principal import Call
from services.errors import Invalid
from services.monitors.values import MonitorValues
from services.monitors.views import MonitorView
from web import formats, refusals
from web.monitors.lists import changes
from web.monitors.lists.changes import Change
from web.translations import gettext as _

Names = Mapping[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One monitor; with a problem the change will be refused, and `is_same` changes nothing."""

    id: UUID
    name: str
    state: str
    before: str = ""
    after: str = ""
    problem: str = ""

    @property
    def is_same(self) -> bool:
        return not self.problem and self.before == self.after


def of(call: Call, change: Change, views: Sequence[MonitorView], names: Names) -> list[Row]:
    """Return a row for each monitor. Nothing is stored or locked.

    `names` are those of the contact groups, the policies and the projects.
    """
    return [
        _row(change, view, before, after, names)
        for view, before, after in changes.preview(call, change, views)
    ]


def counted(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many monitors change, stay and refuse."""
    refused = sum(bool(row.problem) for row in rows)
    same = sum(row.is_same for row in rows)
    return {"changed": len(rows) - refused - same, "same": same, "refused": refused}


def _row(
    change: Change,
    view: MonitorView,
    before: MonitorValues,
    after: MonitorValues | Invalid,
    names: Names,
) -> Row:
    blank = Row(id=view.monitor.public_id, name=view.monitor.name, state=view.display_status.value)
    if isinstance(after, Invalid):
        return replace(blank, problem=refusals.in_words(after))
    if change.act.name == "delete":
        return replace(blank, before=_("exists"), after=_deleted(view))
    if change.act.name == "maintenance":
        return replace(blank, before=_("notifies"), after=_covered(change))
    return replace(
        blank,
        before=_in_words(change.act.name, before, names),
        after=_in_words(change.act.name, after, names),
    )


def _in_words(act: str, values: MonitorValues, names: Names) -> str:
    match act:
        case "pause" | "resume":
            return _("paused") if values.paused else _("checked")
        case "interval":
            return formats.lasting(values.interval_seconds or 0)
        case "groups":
            named = [names.get(each, str(each)) for each in values.contact_group_ids]
            return ", ".join(sorted(named)) or _("none")
        case "policy":
            policy = values.escalation_policy_id
            return _("none") if policy is None else names.get(policy, str(policy))
        case "project":
            project = values.project_id
            return _("none") if project is None else names.get(project, str(project))
        case _:
            return ", ".join(values.tags) or _("none")


def _deleted(view: MonitorView) -> str:
    if view.state.incident_open:
        return _("deleted; its outage ends, and everyone who was notified of it is told")
    return _("deleted")


def _covered(change: Change) -> str:
    length = formats.lasting(timedelta(seconds=change.seconds or 0))
    return _("notifies nobody for %(length)s") % {"length": length}
