"""How late checks began, seen at the site: when the request came, less the slot that it was for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from domain.evaluation.slots import phase_of


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds; all are infinite where no request came."""

    p50: float
    p99: float
    most: float

    @classmethod
    def seen(
        cls,
        requests: Sequence[tuple[int, float]],
        ids: Sequence[int],
        interval: int,
        *,
        began: float,
        ended: float,
    ) -> Self:
        """Judge what the site noted in a stretch of time; `ids` are in the order of its numbers."""
        late = sorted(
            (when - phase_of(ids[number], interval)) % interval
            for number, when in requests
            if number >= 0 and began <= when < ended
        )
        if not late:
            return cls(*[float("inf")] * 3)
        return cls(late[len(late) // 2], late[int(len(late) * 0.99)], late[-1])

    def print(self) -> None:
        print(
            f"  lateness in seconds: p50 {self.p50:.3f}, p99 {self.p99:.3f}, max {self.most:.3f}",
            flush=True,
        )
