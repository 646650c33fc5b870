"""A scripted site, and an organization that watches each of its pages."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from tests.e2e.client import contact_group, login, register
from tests.faults.evidence import Site
from tests.servers.site import ScriptedSite

T = TypeVar("T")

INTERVAL = 5
_ORGANIZATION = "Watchers"
_BULK = 500
CHANNELS = (("email", "oncall@watchers.example"), ("sms", "+14155550123"))


def name_of(number: int) -> str:
    return f"Site {number:02}"


def scripted(scripts: Sequence[Site], server: ScriptedSite) -> Callable[[str], int]:
    """Make the answer of a server whose path `/7` follows script number 7."""

    def answer(path: str) -> int:
        script = scripts[int(path[1:])]
        return script.status(now=time.time(), request=server.requests[path])

    return answer


def found(url: str) -> str:
    """Found an organization with one contact who agreed to be told; return the id of its group."""
    return contact_group(register(url, _ORGANIZATION), "On call", dict(CHANNELS))


def watch(url: str, site_url: str, count: int, group: str) -> None:
    """Have the organization watch the pages of a site, and tell a group of everything."""
    client = login(url, _ORGANIZATION)
    items = [
        {
            "name": name_of(number),
            "url": f"{site_url}/{number}",
            "interval_seconds": INTERVAL,
            "confirmations": 2,
            "recheck_seconds": 1,
            "contact_group_ids": [group],
        }
        for number in range(count)
    ]
    for batch in batched(items, _BULK):
        client.post("/monitors/bulk", {"mode": "all", "monitors": batch})


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def pause_all(url: str) -> None:
    """End the schedule of every monitor, so that the last slot is known."""
    client = login(url, _ORGANIZATION)
    for monitor in client.all_of("/monitors"):
        client.post(f"/monitors/{monitor['id']}/pause")
