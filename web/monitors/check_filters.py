"""What narrows the log of checks: an outcome, a region and a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from domain.evaluation.outcome import Outcome
from services.analytics.check_log import CheckFilter
from web import words
from web.rendering import page_url
from web.translations import gettext as _
from web.typed import spans


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFilters:
    """What an address says that makes no sense here is left out."""

    outcome: str = ""
    region: str = ""
    day: date | None = None

    @classmethod
    def read(cls, given: MultiDict[str, str], regions: Collection[str]) -> Self:
        outcome, region = given.get("outcome", ""), given.get("region", "")
        return cls(
            outcome=outcome if outcome in set(Outcome) else "",
            region=region if region in regions else "",
            day=_day(given.get("day", "")),
        )

    @property
    def is_narrowed(self) -> bool:
        return self != CheckFilters()

    def wanted(self, zone: ZoneInfo) -> CheckFilter:
        return CheckFilter(
            start=None if self.day is None else spans.midnight(self.day, zone),
            end=None if self.day is None else spans.midnight(self.day + timedelta(days=1), zone),
            outcome=[Outcome(self.outcome)] if self.outcome else (),
            region=self.region or None,
        )

    def query(self) -> dict[str, str]:
        """Return the part of an address that asks for these."""
        given = {
            "outcome": self.outcome,
            "region": self.region,
            "day": "" if self.day is None else self.day.isoformat(),
        }
        return {name: value for name, value in given.items() if value}

    def fields(self, left_out: str) -> list[tuple[str, str]]:
        """Return names and values of hidden fields for a form that sends the one left out."""
        return [(name, value) for name, value in self.query().items() if name != left_out]

    def following(self, monitor_id: UUID, cursor: str | None) -> str:
        """Return the address of the next page, or nothing at the end."""
        return "" if cursor is None else _path(monitor_id, self, cursor=cursor)


def chips(filters: CheckFilters, monitor_id: UUID) -> list[dict[str, object]]:
    """Return a link for each outcome."""
    return [
        {
            "label": words.outcome(value) if value else _("All"),
            "href": _path(monitor_id, replace(filters, outcome=value)),
            "on": filters.outcome == value,
            **({"state": value} if value else {}),
        }
        for value in ("", *(each.value for each in Outcome))
    ]


def regions(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the choices of a region."""
    return [("", _("Any region")), *((name, name) for name in names)]


def _path(monitor_id: UUID, filters: CheckFilters, **more: Any) -> str:  # noqa: ANN401
    return page_url("monitors.checks", monitor_id=monitor_id, **filters.query(), **more)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2037, 12, 30) else None
