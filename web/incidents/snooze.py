"""How long an incident is snoozed: a length of time, or until a time on the reader's clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.wall_clock import reached
from services.errors import Invalid
from web.preferences import current
from web.translations import gettext as _

MINUTES = (15, 60, 240)
"""The lengths that are one press away."""


def end(typed: Mapping[str, str], *, now: datetime) -> datetime:
    """Return the end of a snooze as typed. Raise `Invalid` if that is neither length nor time."""
    minutes = typed.get("minutes", "")
    if minutes in map(str, MINUTES):
        return now + timedelta(minutes=int(minutes))
    try:
        until = datetime.fromisoformat(typed.get("until", ""))
        return reached(until.replace(tzinfo=None), current().zone)
    except (ValueError, OverflowError):
        raise Invalid({"until": [_("Choose how long, or enter a day and a time.")]}) from None
