"""The filters of the search in checks: read from its address, and written into its links."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from domain.analytics.rollup import Step
from domain.evaluation.outcome import Cause, Outcome
from services.pagination import PageRequest
from services.search.query import CheckSearch
from services.time_range import Window
from web import preferences, words
from web.translations import gettext as _
from web.typed import spans
from web.typed.fields import searched, tag_of

_OUTCOMES: Mapping[str, tuple[Outcome, ...]] = {
    "": (Outcome.DOWN, Outcome.DEGRADED),
    **{each.value: (each,) for each in (Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN)},
    "all": (),
}
"""The outcomes to choose from, by their word in the address. Without one, those that failed."""
_CAUSES = {cause.word: cause for cause in Cause if cause is not Cause.NONE}
_USUAL_DAYS = "1"
_BY_HOUR = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """The filters in the address. Unknown values are ignored."""

    outcome: str = ""
    cause: str = ""
    tag: str = ""
    region: str = ""
    q: str = ""
    days: str = _USUAL_DAYS
    first: date | None = None
    last: date | None = None
    cursor: str | None = None

    def search(self) -> CheckSearch:
        return CheckSearch(
            tag=[self.tag] if self.tag else (),
            region=[self.region] if self.region else (),
            outcome=_OUTCOMES[self.outcome],
            cause=[_CAUSES[self.cause]] if self.cause else (),
            q=self.q or None,
        )

    def window(self, *, now: datetime) -> Window:
        """Return the time to search. Raise `Invalid` if the days make no period."""
        if self.is_between:
            zone = ZoneInfo(preferences.current().zone_name)
            return spans.between(self.first, self.last, zone, now=now)
        start = spans.start(self.days, now=now) or now - timedelta(days=1)
        return Window(start, now)

    @property
    def is_between(self) -> bool:
        """Whether the first and the last day are asked for."""
        return self.days == spans.BETWEEN

    def step(self, *, now: datetime) -> Step:
        """Return the time of one point of the chart. Raise `Invalid` as `window` does."""
        window = self.window(now=now)
        return Step.HOUR if window.end - window.start <= _BY_HOUR else Step.DAY

    @property
    def page(self) -> PageRequest:
        return PageRequest(cursor=self.cursor)

    @property
    def is_narrowed(self) -> bool:
        return replace(self, cursor=None) != ListQuery()

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """Return the parameters of this list, except the page and those in `without`."""
        given = {
            "outcome": self.outcome,
            "cause": self.cause,
            "tag": self.tag,
            "region": self.region,
            "q": self.q,
            "days": "" if self.days == _USUAL_DAYS else self.days,
            "from": "" if self.first is None else self.first.isoformat(),
            "to": "" if self.last is None else self.last.isoformat(),
        }
        return [(name, value) for name, value in given.items() if value and name not in without]

    def address(self, *without: str, **others: str) -> str:
        """Return the address of this list, without the named parameters and with the others."""
        query = urlencode([*self.kept(*without, *others), *others.items()])
        return f"/checks?{query}" if query else "/checks"


def read_query(query: Mapping[str, str], regions: Collection[str]) -> ListQuery:
    days = spans.known(query.get("days", ""), may_be_between=True)
    outcome, cause, region = (query.get(name, "") for name in ("outcome", "cause", "region"))
    return ListQuery(
        outcome=outcome if outcome in _OUTCOMES else "",
        cause=cause if cause in _CAUSES else "",
        tag=tag_of(query),
        region=region if region in regions else "",
        q=searched(query.get("q", "")),
        days=days or _USUAL_DAYS,
        first=spans.day(query.get("from", "")) if days == spans.BETWEEN else None,
        last=spans.day(query.get("to", "")) if days == spans.BETWEEN else None,
        cursor=query.get("cursor") or None,
    )


def chips(asked: ListQuery) -> list[dict[str, object]]:
    """Return a link for each choice of outcomes."""
    return [
        {
            "label": _label(word),
            "href": asked.address(outcome=word) if word else asked.address("outcome"),
            "on": asked.outcome == word,
            **({"state": word} if word in set(Outcome) else {}),
        }
        for word in _OUTCOMES
    ]


def causes() -> list[tuple[str, str]]:
    return [("", _("Any cause")), *words.cause.choices(_CAUSES)]


def _label(word: str) -> str:
    if word == "all":
        return _("All")
    return words.outcome(word) if word else _("Failed")
