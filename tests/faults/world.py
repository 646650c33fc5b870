"""A scripted site, and an organization that watches each of its pages."""

import time
from collections.abc import Callable, Sequence

from tests.e2e.client import contact_group, login, register
from tests.faults.evidence import Site
from tests.servers.site import ScriptedSite

INTERVAL = 5
_ORGANIZATION = "Watchers"
CHANNELS = (("email", "oncall@watchers.example"), ("sms", "+14155550123"))


def name_of(number: int) -> str:
    return f"Site {number:02}"


def scripted(scripts: Sequence[Site], server: ScriptedSite) -> Callable[[str], int]:
    """Make the answer of a server whose path `/7` follows script number 7."""

    def answer(path: str) -> int:
        script = scripts[int(path[1:])]
        return script.status(now=time.time(), request=server.requests[path])

    return answer


def watch(url: str, site_url: str, count: int) -> None:
    """Have an organization watch the pages of a site, and tell one contact of everything."""
    client = register(url, _ORGANIZATION)
    group = contact_group(client, "On call", dict(CHANNELS))
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
    client.post("/monitors/bulk", {"mode": "all", "monitors": items})


def pause_all(url: str) -> None:
    """End the schedule of every monitor, so that the last slot is known."""
    client = login(url, _ORGANIZATION)
    for monitor in client.all_of("/monitors"):
        client.post(f"/monitors/{monitor['id']}/pause")
