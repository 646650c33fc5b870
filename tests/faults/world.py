"""An organization that watches each page of a scripted site, by the API alone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from tests.e2e.client import contact_group, login, register
from tests.faults.evidence import Figures, Site, Span

T = TypeVar("T")

_ORGANIZATION = "Watchers"
_BULK = 500
_USUAL_TIMEOUT = 10
CHANNELS = (("email", "oncall@watchers.example"), ("sms", "+14155550123"))


def name_of(number: int) -> str:
    return f"Site {number:02}"


def timeout_of(site: Site) -> int:
    return min(_USUAL_TIMEOUT, site.interval - 1)


def found(url: str) -> str:
    """Found an organization with one contact who agreed to be told; return the id of its group."""
    return contact_group(register(url, _ORGANIZATION), "On call", dict(CHANNELS))


def watch(url: str, site_url: str, sites: Sequence[Site], group: str) -> None:
    """Have the organization watch the pages of a site, and tell a group of everything."""
    client = login(url, _ORGANIZATION)
    items = [
        {
            "name": name_of(number),
            "url": f"{site_url}/{number}",
            "interval_seconds": site.interval,
            "timeout_seconds": timeout_of(site),
            "confirmations": 2,
            "recheck_seconds": site.recheck,
            "flap_changes": None,
            "contact_group_ids": [group],
        }
        for number, site in enumerate(sites)
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


def uptime(url: str, run: Span) -> dict[str, Figures]:
    """Ask for the uptime of every monitor during the run, by name."""
    client = login(url, _ORGANIZATION)
    window = {"from": _moment(run.start), "to": _moment(run.end)}
    notified = {
        monitor["name"]: client.get(f"/monitors/{monitor['id']}/uptime", **window)
        for monitor in client.all_of("/monitors")
    }
    return {
        name: Figures(each["up_seconds"], each["down_seconds"], each["unknown_seconds"])
        for name, each in notified.items()
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()
