"""What can be done with several monitors at once."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.permissions import Permission
from web.translations import marked


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """`needs_value` asks for something on the page of the preview, such as tags."""

    name: str
    label: str
    symbol: str
    permission: Permission = Permission.MONITOR_WRITE
    needs_value: bool = True
    is_dangerous: bool = False


ACTS = {
    act.name: act
    for act in (
        BulkAct(name="pause", label=marked("Pause"), symbol="pause", needs_value=False),
        BulkAct(name="resume", label=marked("Resume"), symbol="play", needs_value=False),
        BulkAct(name="add_tags", label=marked("Add tags"), symbol="tag"),
        BulkAct(name="remove_tags", label=marked("Remove tags"), symbol="tag"),
        BulkAct(name="interval", label=marked("Interval"), symbol="hourglass"),
        BulkAct(name="groups", label=marked("Contact groups"), symbol="users"),
        BulkAct(name="policy", label=marked("Escalation policy"), symbol="siren"),
        BulkAct(name="project", label=marked("Move to project"), symbol="list"),
        BulkAct(
            name="maintenance",
            label=marked("Maintenance now"),
            symbol="wrench",
            permission=Permission.MAINTENANCE_WRITE,
        ),
        BulkAct(
            name="delete",
            label=marked("Delete"),
            symbol="trash-2",
            needs_value=False,
            is_dangerous=True,
        ),
    )
}


def offered(own: Collection[Permission]) -> list[BulkAct]:
    """Return what a caller with these permissions may do."""
    return [act for act in ACTS.values() if act.permission in own]
