"""The counts on pages, made anew when something that they count has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from domain.evaluation.display_status import DisplayStatus
from server.identity.principal import Call
from server.request import versions
from server.resources import resources
from services.monitors.listing import counts as monitor_counts
from services.monitors.listing import facets as monitor_facets
from services.monitors.listing.counts import FrameCounts
from services.monitors.listing.facets import Facets

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CountedAt:
    """The monitors by status, and when they were counted."""

    numbers: Mapping[DisplayStatus, int]
    at: datetime


def by_status(call: Call) -> CountedAt:
    """Return how many monitors of the organization have each status.

    A check changes the status of one monitor, but not how many there are.
    """

    def count() -> CountedAt:
        total = _kept(
            call,
            "total",
            lambda: monitor_counts.total(call.session, call.organization_id),
            only_edits=True,
        )
        numbers = monitor_counts.by_status(
            call.session, call.organization_id, total=total, now=call.now
        )
        return CountedAt(numbers, call.now)

    return _kept(call, "statuses", count)


def for_frame(call: Call) -> FrameCounts:
    """Return what the frame around each page counts."""
    return _kept(
        call, "frame", lambda: monitor_counts.for_frame(call.session, call.organization_id)
    )


def facets(call: Call) -> Facets:
    """Return what lists of monitors can be narrowed by; checks change nothing of it."""
    return _kept(
        call,
        "facets",
        lambda: monitor_facets.of_organization(call.session, call.organization_id),
        only_edits=True,
    )


def _kept(call: Call, name: str, count: Callable[[], T], *, only_edits: bool = False) -> T:
    found, version = versions.of_request(), None
    if found is not None:
        version = (found.losses, found.edits if only_edits else found.number)
    return resources().kept_counts.of(
        call.organization_id,
        f"{name} {call.principal.projects}",
        count,
        version=version,
        now=call.now,
    )
