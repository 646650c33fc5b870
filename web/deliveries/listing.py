"""The filters of the list of deliveries: read from its address, and written into its links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from domain.alerting.alert import AlertEvent
from models.delivery import OPEN, DeliveryState
from notifiers.registry import KINDS
from services.errors import NotFound
from services.outbox.history import DeliveryFilter
from services.pagination import PageRequest
from web.typed import spans

_STATES = {
    "waiting": OPEN,
    "sent": (DeliveryState.SENT, DeliveryState.MERGED),
    "dead": (DeliveryState.DEAD,),
    "cancelled": (DeliveryState.CANCELLED,),
}
"""The states to choose from, by their word in the address."""
_IDS = ("incident", "monitor", "contact", "channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The filters in the address. Unknown values are ignored."""

    state: str = ""
    kind: str = ""
    event: str = ""
    days: str = ""
    ids: Mapping[str, UUID]
    cursor: str | None = None

    def filter(self, *, now: datetime) -> DeliveryFilter:
        return DeliveryFilter(
            states=_STATES.get(self.state, ()),
            kinds=[self.kind] if self.kind else [],
            events=[AlertEvent(self.event)] if self.event else [],
            start=spans.start(self.days, now=now),
            incident_id=self.ids.get("incident"),
            monitor_id=self.ids.get("monitor"),
            contact_id=self.ids.get("contact"),
            channel_id=self.ids.get("channel"),
        )

    @property
    def page(self) -> PageRequest:
        return PageRequest(cursor=self.cursor)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kept())

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters of this list, except the page and those in `without`."""
        given = {"state": self.state, "kind": self.kind, "event": self.event, "days": self.days}
        given |= {name: str(public_id) for name, public_id in self.ids.items()}
        return [(name, value) for name, value in given.items() if value and name not in without]

    def address(self, *without: str, **others: str) -> str:
        """Return the address of this list, without the named parameters and with the others."""
        query = urlencode([*self.kept(*without, *others), *others.items()])
        return f"/deliveries?{query}" if query else "/deliveries"


def read_query(query: Mapping[str, str]) -> ListQuery:
    """Read the filters. Raise `NotFound` for an invalid id."""
    state, kind, event = (query.get(name, "") for name in ("state", "kind", "event"))
    return ListQuery(
        state=state if state in _STATES else "",
        kind=kind if kind in KINDS else "",
        event=event if event in set(AlertEvent) else "",
        days=spans.known(query.get("days", "")),
        ids={name: _id(name, query[name]) for name in _IDS if query.get(name)},
        cursor=query.get("cursor") or None,
    )


def _id(noun: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(noun) from None
