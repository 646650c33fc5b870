"""The outages of the story: drawn ones of the past, and those that it ends with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from devstack.demo.story.failures import CRASHED, SLOW, TIMED_OUT, UNHEALTHY, Failure
from devstack.demo.story.past import BLIND_DAYS, DAY, DAYS, HOUR, Outage

_DILIGENCE = 0.8
"""The share of the longer outages that somebody acknowledged."""
_NOTES = (
    "Restarted two of three instances, watching.",
    "The payment provider has an incident of its own.",
    "A bad release. Rolled back.",
    "",
)


def drawn(
    random: Random, now: datetime, failures: Sequence[Failure], number: int
) -> tuple[Outage, ...]:
    """Draw outages of the past, on different days and on none of the scripted ones."""
    days = [day for day in range(3, DAYS) if day != BLIND_DAYS]
    chosen = sorted(random.sample(days, number), reverse=True)
    return tuple(
        _outage(random, now - day * DAY + random.random() * 20 * HOUR, random.choice(failures))
        for day in chosen
    )


def _outage(random: Random, start: datetime, failure: Failure) -> Outage:
    minutes = min(95.0, max(2.0, random.lognormvariate(2.2, 0.8)))
    reacted = random.uniform(2, 7)
    is_taken = minutes > reacted + 1 and random.random() < _DILIGENCE
    return Outage(
        start=start,
        end=start + timedelta(minutes=minutes),
        failure=failure,
        acknowledged_at=start + timedelta(minutes=reacted) if is_taken else None,
        note=random.choice(_NOTES) if is_taken else "",
    )


def burning(now: datetime) -> tuple[Outage, ...]:
    """Return two outages that used up the error budget, the second within the last half hour."""
    first, second = now - 27 * HOUR, now - timedelta(minutes=26)
    return (
        Outage(
            start=first,
            end=first + timedelta(minutes=14),
            failure=TIMED_OUT,
            acknowledged_at=first + timedelta(minutes=4),
            note="The payment provider answers slowly. Their status page says so, too.",
        ),
        Outage(start=second, end=second + timedelta(minutes=9), failure=CRASHED),
    )


def going_on(now: datetime) -> Outage:
    start = now - timedelta(minutes=47)
    return Outage(
        start=start,
        end=None,
        failure=UNHEALTHY,
        acknowledged_at=start + timedelta(minutes=5),
        note="The new index does not load. Going back to last night's, about an hour.",
    )


def slow_now(now: datetime) -> Outage:
    start = now - timedelta(hours=2, minutes=10)
    return Outage(start=start, end=None, failure=SLOW)
