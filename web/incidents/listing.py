"""The filters of the list of incidents: read from its address, and written into its links."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from domain.evaluation.outcome import Cause
from services.errors import NotFound
from services.incidents.search import IncidentFilter
from services.pagination import PageRequest
from web import words
from web.translations import gettext as _
from web.typed import spans
from web.typed.fields import searched, tag_of

_OPEN = {"open": True, "ended": False, "all": None}
_CAUSES = {cause.word: cause for cause in Cause if cause is not Cause.NONE}
NARROWED = ("q", "cause", "tag", "region", "days")
"""The parameters that narrow the list, apart from the state and the monitor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The filters in the address. Unknown values are ignored."""

    state: str = "open"
    q: str = ""
    cause: str = ""
    tag: str = ""
    region: str = ""
    days: str = ""
    monitor_id: UUID | None = None
    cursor: str | None = None

    def filter(self, *, now: datetime) -> IncidentFilter:
        return IncidentFilter(
            open=_OPEN[self.state],
            cause=[_CAUSES[self.cause]] if self.cause else (),
            tag=[self.tag] if self.tag else (),
            region=[self.region] if self.region else (),
            q=self.q or None,
            start=spans.start(self.days, now=now),
        )

    @property
    def page(self) -> PageRequest:
        return PageRequest(cursor=self.cursor)

    @property
    def is_narrowed(self) -> bool:
        return any(getattr(self, name) for name in (*NARROWED, "monitor_id"))

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters of this list, except the page and those in `without`."""
        given = {
            "state": "" if self.state == "open" else self.state,
            **{name: getattr(self, name) for name in NARROWED},
            "monitor": str(self.monitor_id or ""),
        }
        return [(name, value) for name, value in given.items() if value and name not in without]

    def address(self, *without: str, **others: str) -> str:
        """Return the address of this list, without the named parameters and with the others."""
        query = urlencode([*self.kept(*without, *others), *others.items()])
        return f"/incidents?{query}" if query else "/incidents"


def read_query(query: Mapping[str, str], regions: Collection[str]) -> ListQuery:
    """Read the filters. Raise `NotFound` if the id of the monitor is invalid."""
    state, cause, region = (query.get(name, "") for name in ("state", "cause", "region"))
    return ListQuery(
        state=state if state in _OPEN else "open",
        q=searched(query.get("q", "")),
        cause=cause if cause in _CAUSES else "",
        tag=tag_of(query),
        region=region if region in regions else "",
        days=spans.known(query.get("days", "")),
        monitor_id=_id(query.get("monitor", "")),
        cursor=query.get("cursor") or None,
    )


def causes() -> list[tuple[str, str]]:
    return [("", _("Any cause")), *words.cause.choices(_CAUSES)]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("monitor") from None
