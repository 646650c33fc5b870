"""The address of the list of monitors: what it narrows, its order and its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from werkzeug.datastructures import MultiDict

from domain.evaluation.display_status import DisplayStatus
from services.monitors.kinds import SETTINGS
from services.monitors.listing.lists import ORDERS, MonitorFilter

PATH = "/monitors"
USUAL_ORDER = "state"
ROWS, TILES = "rows", "tiles"
LIMITS = {ROWS: 50, TILES: 500}
"""The monitors of one page, by how they are shown."""

_LONGEST_TEXT = 200
_LONGEST_TAG = 50
_LARGEST_PLACE = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAddress:
    """What an address says that makes no sense here is left out, so old links still lead somewhere.

    `place` is how many monitors the pages before this one have shown.
    """

    q: str = ""
    state: tuple[str, ...] = ()
    kind: str = ""
    tag: str = ""
    group: UUID | None = None
    project: UUID | None = None
    order: str = USUAL_ORDER
    view: str = ROWS
    cursor: str = ""
    place: int = 0

    @classmethod
    def read(cls, given: MultiDict[str, str]) -> Self:
        kind, order, view = given.get("kind", ""), given.get("order", ""), given.get("view", "")
        return cls(
            q=given.get("q", "").replace("\0", "").strip()[:_LONGEST_TEXT],
            state=tuple(each for each in given.getlist("state") if each in set(DisplayStatus)),
            kind=kind if kind in SETTINGS else "",
            tag=given.get("tag", "").replace("\0", "").strip()[:_LONGEST_TAG],
            group=_identity(given.get("group", "")),
            project=_identity(given.get("project", "")),
            order=order if order in ORDERS else USUAL_ORDER,
            view=view if view in LIMITS else ROWS,
            cursor=given.get("cursor", ""),
            place=_place(given.get("place", "")),
        )

    @property
    def limit(self) -> int:
        return LIMITS[self.view]

    @property
    def is_narrowed_beyond_states(self) -> bool:
        return bool(self.q or self.kind or self.tag or self.group or self.project)

    @property
    def is_first_page(self) -> bool:
        return not self.cursor

    def filter(self) -> MonitorFilter:
        return MonitorFilter(
            q=self.q or None,
            state=[DisplayStatus(each) for each in self.state],
            kind=self.kind or None,
            tag=self.tag or None,
            contact_group_id=self.group,
            project_id=self.project,
            order=self.order,
        )

    def link(self, **changes: Any) -> str:  # noqa: ANN401 - any field
        """Return an address with changes, which begins at the first page unless they say other."""
        return replace(self, **{"cursor": "", "place": 0, **changes}).path

    @property
    def path(self) -> str:
        query = urlencode(list(self.fields()))
        return f"{PATH}?{query}" if query else PATH

    def query(self) -> str:
        """Return the filters, the order and the view, such as `state=down&order=name`."""
        return urlencode(list(replace(self, cursor="", place=0).fields()))

    def fields(self, *left_out: str) -> Iterator[tuple[str, str]]:
        """Yield names and values without the usual ones, as an address or hidden fields have them.

        A field that is left out takes the place in the list with it.
        """
        given: Mapping[str, tuple[str, ...]] = {
            "q": (self.q,),
            "state": self.state,
            "kind": (self.kind,),
            "tag": (self.tag,),
            "group": (str(self.group or ""),),
            "project": (str(self.project or ""),),
            "order": (self.order if self.order != USUAL_ORDER else "",),
            "view": (self.view if self.view != ROWS else "",),
        }
        if not left_out:
            given = {**given, "cursor": (self.cursor,), "place": (str(self.place or ""),)}
        for name, values in given.items():
            if name not in left_out:
                yield from ((name, value) for value in values if value)


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _place(text: str) -> int:
    return min(int(text), _LARGEST_PLACE) if text.isascii() and text.isdigit() else 0
