"""What the benchmarks come to: figures of one run beside each other, and how many times one is the other."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` and `other` are figures of the same run, in `unit`."""

    what: str
    ours: float
    other: float
    unit: str = "us"

    @property
    def value(self) -> float:
        return self.ours / self.other


def print_table(ratios: Iterable[Ratio]) -> None:
    print(f"\n{'':<58} {'ours':>8} {'other':>8} {'':<4} {'ratio':>6}")
    for each in ratios:
        print(
            f"{each.what:<58} {each.ours:8.0f} {each.other:8.0f} {each.unit:<4} {each.value:6.2f}"
        )
