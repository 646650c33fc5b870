"""Error budgets: how much an objective allows, how much is used, and when the rest is used up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.analytics.uptime import Span


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a whole was bad.

    The unit is a second of one monitor for availability, and a check for latency.
    """

    bad: float = 0
    total: float = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.bad + other.bad, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Objective:
    """The percentage of the whole that has to be good, below 100."""

    percent: float

    @property
    def allowed(self) -> float:
        """The share that may be bad, greater than 0."""
        return (100 - self.percent) / 100

    def rate(self, found: Amount) -> float:
        """Return the burn rate: 1 uses the budget in exactly the whole period.

        It is 0 if nothing was measured.
        """
        return found.bad / (self.allowed * found.total) if found.total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBudget:
    """What a whole period may have that is bad, and what there was so far."""

    total: float
    used: float

    @property
    def left(self) -> float:
        """What is left; less than 0 if more was used than there is."""
        return self.total - self.used

    @property
    def used_share(self) -> float | None:
        """The used share, above 1 if overdrawn, or None without any budget."""
        return self.used / self.total if self.total else None


def error_budget(target: Objective, found: Amount, *, period: Span, now: float) -> ErrorBudget:
    """Return the budget of a period of which `found` was measured until now.

    The rest of the period is expected to bring as much per second. So the seconds of a whole
    period are exact, and the checks of one that is not over are an estimate.
    """
    elapsed = min(now, period.end) - period.start
    expected = found.total * (period.end - period.start) / elapsed if elapsed > 0 else 0.0
    return ErrorBudget(total=target.allowed * expected, used=found.bad)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a budget was used in a span of time."""

    span: Span
    used: float


def leaving(history: Iterable[Usage], length: float) -> list[Usage]:
    """Return when each part of a history leaves a rolling period of so many seconds."""
    return [
        Usage(Span(each.span.start + length, each.span.end + length), each.used) for each in history
    ]


def exhausted_at(
    budget: ErrorBudget, *, now: float, horizon: float, rate: float, leaves: Sequence[Usage] = ()
) -> float | None:
    """Return when the budget is used up if `rate` per second continues, or None before `horizon`.

    `leaves` are sorted parts of a rolling period that will no longer count after their time; each
    leaves evenly over it. A budget that is used up already is not forecast: the answer is None.
    """
    left = budget.left
    if left <= 0:
        return None
    at = now
    for each in leaves:
        until = min(max(each.span.end, at), horizon)
        begin = min(max(each.span.start, at), horizon)
        for end, slope in ((begin, rate), (until, rate - _per_second(each))):
            if slope > 0 and at + left / slope <= end:
                return at + left / slope
            left -= slope * (end - at)
            at = end
    if rate > 0 and at + left / rate < horizon:
        return at + left / rate
    return None


def _per_second(each: Usage) -> float:
    length = each.span.end - each.span.start
    return each.used / length if length > 0 else 0.0
