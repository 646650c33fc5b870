"""What goes into the pipeline of a worker and what comes out; light, for those that never run one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.evaluation.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Request:
    """One check message. `receipt` is whatever acknowledges it."""

    monitor_id: int
    slot: int
    version: int
    receipt: Any


@dataclass(frozen=True, slots=True)
class Stored:
    """Messages that are done with: their results are committed, or they have none to give."""

    receipts: Sequence[Any]
    outcomes: Sequence[Outcome] = ()
    lateness: Sequence[float] = ()
    deliveries: Sequence[int] = ()
    stale: int = 0
