"""The input and output of a worker's pipeline; light, for processes that never run one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.evaluation.outcome import Outcome
from services.after_commit.hints import Hints


@dataclass(frozen=True, slots=True)
class Request:
    """One check message. `receipt` is what acknowledges it."""

    monitor_id: int
    slot: int
    version: int
    receipt: Any


@dataclass(frozen=True, slots=True)
class Stored:
    """Finished messages: their results are committed, or they have none."""

    receipts: Sequence[Any]
    outcomes: Sequence[Outcome] = ()
    lateness: Sequence[float] = ()
    deliveries: Sequence[int] = ()
    hints: Hints = field(default_factory=dict)
    stale: int = 0
