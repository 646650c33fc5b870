"""Burn rate: how fast the error budget is used, and when that is worth a message.

The windows and factors are those of Google's Site Reliability Workbook, chapter 5, "Multiwindow,
Multi-Burn-Rate Alerts" (table 5-8). A factor of 1 uses exactly the budget of the whole period. The
long window shows that the burn matters, the short one that it continues.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.analytics.error_budget import Amount, Objective

_DAY = 86_400
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
    Rule(1.0, 3 * _DAY, 6 * 3600),
)
"""The rules, the fastest first."""
WINDOWS = tuple(sorted({window for rule in RULES for window in (rule.long, rule.short)}))
"""The seconds of all windows, the shortest first."""
LOOKED_BACK = WINDOWS[-1]
LONGEST_SHORT = max(rule.short for rule in RULES)
"""Without anything bad in the last so many seconds, no rule is exceeded."""

Measure = Callable[[int], Amount]
"""Returns what was measured in the last so many seconds."""


@dataclass(frozen=True, slots=True)
class BurnRates:
    """The burn rates in the two windows of a rule."""

    rule: Rule
    long: float
    short: float

    @property
    def reached(self) -> float:
        """The rate that both windows reach, which is the lower one."""
        return min(self.long, self.short)

    @property
    def is_exceeded(self) -> bool:
        return self.reached >= self.rule.factor


def rates(target: Objective, measure: Measure) -> Sequence[BurnRates]:
    """Return the burn rates of each rule, the fastest rule first."""
    by_window = {window: target.rate(measure(window)) for window in WINDOWS}
    return [BurnRates(rule, by_window[rule.long], by_window[rule.short]) for rule in RULES]


def burning(found: Sequence[BurnRates]) -> BurnRates | None:
    """Return the fastest rule that is exceeded in both of its windows."""
    return next((each for each in found if each.is_exceeded), None)


def is_calm(found: Sequence[BurnRates]) -> bool:
    """Return whether an episode is over: each rule is below half its factor in one of its windows.

    Half, so that a rate around the factor is one episode and not many.
    """
    return all(each.reached < each.rule.factor * _CALM for each in found)
