"""What narrows the list of monitors: chips of states, and choices with their numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from domain.evaluation.display_status import DisplayStatus
from services.monitors.listing.facets import Facet, Facets
from web import formats, words
from web.monitors.lists.address import ROWS, TILES, ListAddress
from web.translations import gettext as _

Choice = tuple[str, str]

_URGENT_FIRST = (
    DisplayStatus.DOWN,
    DisplayStatus.DEGRADED,
    DisplayStatus.UNKNOWN,
    DisplayStatus.UP,
    DisplayStatus.MAINTENANCE,
    DisplayStatus.PAUSED,
    DisplayStatus.PENDING,
)


def chips(address: ListAddress, counts: Mapping[DisplayStatus, int]) -> list[dict[str, object]]:
    """Return a link for each state that some monitor has, with the number of monitors there."""
    everything = {
        "label": _("All"),
        "count": sum(counts.values()),
        "href": address.link(state=()),
        "on": not address.state,
    }
    return [everything, *(_chip(address, each, counts[each]) for each in _shown(address, counts))]


def _shown(address: ListAddress, counts: Mapping[DisplayStatus, int]) -> Iterable[DisplayStatus]:
    return (each for each in _URGENT_FIRST if counts[each] or each in address.state)


def _chip(address: ListAddress, status: DisplayStatus, count: int) -> dict[str, object]:
    is_on = status in address.state
    return {
        "label": words.state(status),
        "count": count,
        "href": address.link(state=() if is_on else (status.value,)),
        "on": is_on,
        "state": status.value,
    }


def selects(address: ListAddress, facets: Facets) -> list[dict[str, object]]:
    """Return the choices of kind, tag, contact group, project and order."""
    kinds = [(each.name, _counted(words.short_kind(each.name), each)) for each in facets.kinds]
    tags = [(each.name, _counted(each.name, each)) for each in facets.tags]
    groups = [(str(each.id), _counted(each.name, each)) for each in facets.groups]
    projects = [(str(each.id), _counted(each.name, each)) for each in facets.projects]
    project = str(address.project or "")
    return [
        _select(address, "kind", _("Kind"), _("Any kind"), kinds, address.kind),
        _select(address, "tag", _("Tag"), _("Any tag"), _with(tags, address.tag), address.tag),
        _select(
            address, "group", _("Contact group"), _("Any group"), groups, str(address.group or "")
        ),
        _select(address, "project", _("Project"), _("Any project"), projects, project),
        {
            "name": "order",
            "label": _("Order"),
            "choices": _orders(),
            "chosen": address.order,
            "keep": list(address.fields("order")),
        },
    ]


def chosen(address: ListAddress, facets: Facets) -> list[dict[str, str]]:
    """Return what narrows the list now, each with the address without it."""
    names = {each.id: each.name for each in facets.groups}
    group = "" if address.group is None else names.get(address.group, _("Contact group"))
    projects = {each.id: each.name for each in facets.projects}
    project = "" if address.project is None else projects.get(address.project, _("Project"))
    given = {
        "q": address.q,
        "kind": words.kind(address.kind) if address.kind else "",
        "tag": address.tag,
        "group": group,
        "project": project,
    }
    empty: Mapping[str, object] = {"q": "", "kind": "", "tag": "", "group": None, "project": None}
    return [
        {"label": label, "href": address.link(**{name: empty[name]})}
        for name, label in given.items()
        if label
    ]


def views(address: ListAddress) -> list[dict[str, str]]:
    """Return the ways to show the list."""
    labels = ((ROWS, _("Rows")), (TILES, _("Tiles")))
    return [
        {"value": view, "label": label, "href": address.link(view=view)} for view, label in labels
    ]


def place(address: ListAddress, shown: int, counts: Mapping[DisplayStatus, int]) -> str:
    """Return where in the list a page is, such as that it has 51 to 100 of 10,000."""
    of = sum(counts[DisplayStatus(each)] for each in address.state or tuple(DisplayStatus))
    if not shown:
        return _("0 of %(all)s") % {"all": formats.figure(of)}
    return _("%(first)s\N{EN DASH}%(last)s of %(all)s") % {
        "first": formats.figure(address.place + 1),
        "last": formats.figure(address.place + shown),
        "all": formats.figure(max(of, address.place + shown)),
    }


def following(address: ListAddress, cursor: str | None, shown: int) -> str:
    """Return the address of the next page, or nothing at the end."""
    if cursor is None:
        return ""
    return replace(address, cursor=cursor, place=address.place + shown).path


def _select(
    address: ListAddress, name: str, label: str, anything: str, choices: list[Choice], chosen: str
) -> dict[str, object]:
    return {
        "name": name,
        "label": label,
        "choices": [("", anything), *choices],
        "chosen": chosen,
        "keep": list(address.fields(name)),
    }


def _orders() -> list[Choice]:
    return [
        ("state", _("What needs attention first")),
        ("name", _("By name")),
        ("-created_at", _("Newest first")),
        ("created_at", _("Oldest first")),
    ]


def _counted(label: str, facet: Facet) -> str:
    return f"{label} ({formats.figure(facet.count)})"


def _with(choices: Sequence[Choice], value: str) -> list[Choice]:
    """Add what is chosen, which may be too rare to be listed."""
    if not value or value in dict(choices):
        return list(choices)
    return [(value, value), *choices]
