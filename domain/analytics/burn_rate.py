"""How fast the allowed downtime is being used up, and when that is worth a message.

The windows and factors are those of Google's Site Reliability Workbook, chapter 5, "Multiwindow,
Multi-Burn-Rate Alerts" (table 5-8): a factor of 1 uses up the budget in just the whole period. The
long window says that it matters, the short one that it still goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass

PERIODS = (7, 28, 30)
"""Days over which a target may hold."""
_SECONDS_OF_A_DAY = 86_400
_CALM = 0.5


@dataclass(frozen=True, slots=True)
class Rule:
    """`factor` in both windows, given in seconds, is too fast."""

    factor: float
    long: int
    short: int


RULES = (
    Rule(14.4, 3600, 300),
    Rule(6.0, 6 * 3600, 1800),
    Rule(1.0, 3 * _SECONDS_OF_A_DAY, 6 * 3600),
)
"""The fastest first."""
LOOKED_BACK = max(rule.long for rule in RULES)


@dataclass(frozen=True, slots=True)
class Objective:
    """The share of time, in percent, that has to be up over a period of so many days."""

    percent: float
    days: int

    @property
    def allowed(self) -> float:
        """The share of time that may be down, above 0."""
        return (100 - self.percent) / 100

    @property
    def budget(self) -> float:
        """The seconds of a period that may be down."""
        return self.allowed * self.days * _SECONDS_OF_A_DAY

    def rate(self, down: float, window: float) -> float:
        """Return how many times as fast as allowed so many seconds of a window were down.

        What of the window nobody watched, or was in maintenance, counts as if it had been up.
        """
        return down / (self.allowed * window)


Down = Callable[[int], float]
"""Says how many of the last so many seconds were down."""


def burning(target: Objective, down: Down) -> Rule | None:
    """Return the fastest rule that is broken in both of its windows."""
    return next((rule for rule in RULES if _is_broken(rule, target, down)), None)


def is_calm(target: Objective, down: Down) -> bool:
    """Tell whether an episode is over: each rule is well below its factor in one of its windows.

    Half of it, so that a rate around the factor is one episode and not many.
    """
    return all(_rate(rule, target, down) < rule.factor * _CALM for rule in RULES)


def _is_broken(rule: Rule, target: Objective, down: Down) -> bool:
    return _rate(rule, target, down) >= rule.factor


def _rate(rule: Rule, target: Objective, down: Down) -> float:
    """Return the rate that both windows reach."""
    return min(target.rate(down(window), window) for window in (rule.long, rule.short))
