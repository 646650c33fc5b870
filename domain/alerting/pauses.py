"""Whether an outage is known to continue after a pause, in which nobody saw it end."""

from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(minutes=5)
"""An outage that cannot be observed counts as continuing after this time."""
_SOON = timedelta(seconds=5)


def ask_again_at(
    resumed_at: datetime,
    failed_at: datetime | None,
    now: datetime,
    *,
    recovers_within: timedelta = timedelta(0),
) -> datetime | None:
    """Return when to ask again, or None if the answer is known or the wait is over.

    `failed_at` is the start of the last failed probe, if this service probes the monitor.
    `recovers_within` is how long confirming a recovery takes. For that long, good checks may still
    become the answer.
    """
    latest = resumed_at + recovers_within + LONGEST_WAIT
    if failed_at is None or failed_at >= resumed_at or now >= latest:
        return None
    return min(latest, now + _SOON)
