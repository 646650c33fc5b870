"""Whether an outage is known to go on after a pause: nobody saw what became of it meanwhile."""

from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(minutes=5)
"""An outage of which nobody could see more is taken to go on after this."""
_SOON = timedelta(seconds=5)


def ask_again_at(
    resumed_at: datetime,
    failed_at: datetime | None,
    now: datetime,
    *,
    recovers_within: timedelta = timedelta(0),
) -> datetime | None:
    """Say when to ask again, or nothing if it is known, or known for long enough that nobody can say.

    `failed_at` is the last look that failed, if we are who looks. Where good looks follow each other
    `recovers_within` is how long as many take as are believed: that long they may well be the answer.
    """
    latest = resumed_at + recovers_within + LONGEST_WAIT
    if failed_at is None or failed_at >= resumed_at or now >= latest:
        return None
    return min(latest, now + _SOON)
