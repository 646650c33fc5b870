"""Burn rate: how fast the error budget is used, and when that is worth a message.

The windows and factors are those of Google's Site Reliability Workbook, chapter 5, "Multiwindow,
Multi-Burn-Rate Alerts" (table 5-8). A factor of 1 uses exactly the budget of the whole period. The
long window shows that the burn matters, the short one that it continues.
"""

from collections.abc import Callable
from dataclasses import dataclass

PERIODS = (7, 28, 30)
"""The possible periods of an objective, in days."""
_SECONDS_OF_A_DAY = 86_400
_CALM = 0.5


@dataclass(frozen=True, slots=True)
class Rule:
    """A burn rate of `factor` in both windows is too fast; windows are in seconds."""

    factor: float
    long: int
    short: int


RULES = (
    Rule(14.4, 3600, 300),
    Rule(6.0, 6 * 3600, 1800),
    Rule(1.0, 3 * _SECONDS_OF_A_DAY, 6 * 3600),
)
"""The rules, the fastest first."""
LOOKED_BACK = max(rule.long for rule in RULES)


@dataclass(frozen=True, slots=True)
class Objective:
    """The percentage of time that has to be up over a period of `days`."""

    percent: float
    days: int

    @property
    def allowed(self) -> float:
        """The share of time that may be down, greater than 0."""
        return (100 - self.percent) / 100

    @property
    def budget(self) -> float:
        """The error budget: the seconds of a period that may be down."""
        return self.allowed * self.days * _SECONDS_OF_A_DAY

    def rate(self, down: float, window: float) -> float:
        """Return the burn rate of a window in which so many seconds were down.

        Unknown time and maintenance count as up.
        """
        return down / (self.allowed * window)


Down = Callable[[int], float]
"""Returns how many of the last so many seconds were down."""


def burning(target: Objective, down: Down) -> Rule | None:
    """Return the fastest rule that is exceeded in both of its windows."""
    return next((rule for rule in RULES if _is_broken(rule, target, down)), None)


def is_calm(target: Objective, down: Down) -> bool:
    """Return whether an episode is over: each rule is below half its factor in one of its windows.

    Half, so that a rate around the factor is one episode and not many.
    """
    return all(_rate(rule, target, down) < rule.factor * _CALM for rule in RULES)


def _is_broken(rule: Rule, target: Objective, down: Down) -> bool:
    return _rate(rule, target, down) >= rule.factor


def _rate(rule: Rule, target: Objective, down: Down) -> float:
    """Return the rate that both windows reach, which is the lower one."""
    return min(target.rate(down(window), window) for window in (rule.long, rule.short))
