"""Contacts, schedules and policies for the tests of the pages."""

from urllib.parse import quote

from tests.web.reader import Reader

START = "2026-11-30T09:00:00"


def contact(reader: Reader, name: str = "Ann", *, email: str = "") -> str:
    """Make a contact that can be reached at once, by a chat; or by an address, after consent."""
    chat = {"url": f"https://hooks.slack.com/services/{quote(name, safe='')}"}
    channel = {"kind": "email", "address": email} if email else {"kind": "slack", "settings": chat}
    made = reader.api.make("contacts", name=name, channels=[channel])
    return str(made["id"])


def schedule(reader: Reader, *contact_ids: str, name: str = "Night", **layer: object) -> str:
    """Make a schedule in which the contacts take weekly turns."""
    first = {
        "contact_ids": list(contact_ids),
        "local_start": START,
        "handoff": {"kind": "weekly"},
        **layer,
    }
    return str(reader.api.make("on-call-schedules", name=name, layers=[first])["id"])


def policy(reader: Reader, *targets: tuple[str, str], name: str = "Urgent") -> str:
    """Make a policy with one step ten minutes after the other for each target."""
    steps = [
        {"wait_minutes": 10 * index, "targets": [{"kind": kind, "id": public_id}]}
        for index, (kind, public_id) in enumerate(targets)
    ]
    return str(reader.api.make("escalation-policies", name=name, steps=steps)["id"])
