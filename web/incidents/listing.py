"""The filters of the list of incidents: read from its address, and written into its links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from services.errors import NotFound
from services.incidents.history import IncidentFilter
from services.pagination import PageRequest
from web.typed import spans
from web.typed.fields import searched


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The filters in the address. Unknown values are ignored."""

    state: str = "open"
    q: str = ""
    days: str = ""
    monitor_id: UUID | None = None
    cursor: str | None = None

    def filter(self, *, now: datetime) -> IncidentFilter:
        return IncidentFilter(
            open=True if self.state == "open" else None,
            q=self.q or None,
            start=spans.start(self.days, now=now),
        )

    @property
    def page(self) -> PageRequest:
        return PageRequest(cursor=self.cursor)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.days or self.monitor_id)

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters of this list, except the page and those in `without`."""
        given = {
            "state": "" if self.state == "open" else self.state,
            "q": self.q,
            "days": self.days,
            "monitor": str(self.monitor_id or ""),
        }
        return [(name, value) for name, value in given.items() if value and name not in without]

    def address(self, *without: str, **others: str) -> str:
        """Return the address of this list, without the named parameters and with the others."""
        query = urlencode([*self.kept(*without, *others), *others.items()])
        return f"/incidents?{query}" if query else "/incidents"


def read_query(query: Mapping[str, str]) -> ListQuery:
    """Read the filters. Raise `NotFound` if the id of the monitor is invalid."""
    return ListQuery(
        state="all" if query.get("state") == "all" else "open",
        q=searched(query.get("q", "")),
        days=spans.known(query.get("days", "")),
        monitor_id=_id(query.get("monitor", "")),
        cursor=query.get("cursor") or None,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("monitor") from None
