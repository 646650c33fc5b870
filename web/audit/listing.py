"""The filters of the audit log: read from its address, and written into its links."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlencode
from uuid import UUID

from models.audit_entry import Via
from services.audit.entries import EntryFilter
from services.pagination import PageRequest
from web.typed import spans

_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The filters in the address. Unknown values are ignored."""

    words: str = ""
    noun: str = ""
    via: str = ""
    days: str = ""
    ip: str = ""
    actor: UUID | None = None
    target: UUID | None = None
    cursor: str | None = None

    def filter(self, *, now: datetime) -> EntryFilter:
        return EntryFilter(
            words=self.words or None,
            action=f"{self.noun}.*" if self.noun else None,
            via=Via(self.via) if self.via else None,
            start=spans.start(self.days, now=now),
            ip=self.ip or None,
            actor_id=self.actor,
            target_id=self.target,
        )

    @property
    def page(self) -> PageRequest:
        return PageRequest(cursor=self.cursor)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kept())

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters of this list, except the page and those in `without`."""
        given = {
            "q": self.words,
            "noun": self.noun,
            "via": self.via,
            "days": self.days,
            "ip": self.ip,
            "actor": str(self.actor or ""),
            "target": str(self.target or ""),
        }
        return [(name, value) for name, value in given.items() if value and name not in without]

    def address(self, *without: str, **others: str) -> str:
        """Return the address of this list, without the named parameters and with the others."""
        query = urlencode([*self.kept(*without, *others), *others.items()])
        return f"/audit?{query}" if query else "/audit"


def read_query(query: Mapping[str, str], nouns: Mapping[str, str]) -> ListQuery:
    """Read the filters; `nouns` are those of actions."""
    via, noun = query.get("via", ""), query.get("noun", "")
    return ListQuery(
        words=query.get("q", "").strip()[:_LONGEST],
        noun=noun if noun in nouns else "",
        via=via if via in set(Via) else "",
        days=spans.known(query.get("days", "")),
        ip=_address(query.get("ip", "")),
        actor=_id(query.get("actor", "")),
        target=_id(query.get("target", "")),
        cursor=query.get("cursor") or None,
    )


def _id(text: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(text)
    return None


def _address(text: str) -> str:
    with suppress(ValueError):
        return str(ip_address(text))
    return ""
