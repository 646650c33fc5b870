"""The spans of time that narrow a list, by their days."""

from datetime import datetime, timedelta

from web.translations import gettext as _
from web.translations import marked

_SPANS = {
    "1": (timedelta(days=1), marked("Last 24 hours")),
    "7": (timedelta(days=7), marked("Last 7 days")),
    "30": (timedelta(days=30), marked("Last 30 days")),
    "90": (timedelta(days=90), marked("Last 90 days")),
}


def known(days: str) -> str:
    """Return the days of an address, or nothing for any time."""
    return days if days in _SPANS else ""


def start(days: str, *, now: datetime) -> datetime | None:
    """Return when a span begins, or None for any time."""
    return now - _SPANS[days][0] if days else None


def choices() -> list[tuple[str, str]]:
    """Return the spans to choose from."""
    return [("", _("Any time")), *((name, _(label)) for name, (_length, label) in _SPANS.items())]
