"""A running check: its conversation, its time, and the time that the engine lost."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Self

from domain.evaluation.outcome import Cause, Outcome
from probes import registry
from probes.base import ProbeResult, Target
from probes.curl.transfer import Transfer
from probes.engine.fair_queue import QueuedCheck
from probes.exchange import Conversation, Request

_SEEN_FOR_SURE = frozenset(
    {
        Cause.STATUS,
        Cause.KEYWORD_MISSING,
        Cause.KEYWORD_PRESENT,
        Cause.REFUSED,
        Cause.PROTOCOL,
        Cause.REDIRECT,
        Cause.BLOCKED,
        Cause.ANSWER,
        Cause.EXPIRY,
    }
)
"""The causes that no delay of ours can produce. A timeout, a lost connection or slowness may be
ours.
"""


@dataclass(slots=True, eq=False, kw_only=True)
class Running:
    """A running check. `lost_before` is the lost time of the engine when it began."""

    check: QueuedCheck
    target: Target
    conversation: Conversation
    request: Request
    started: float
    lost_before: float
    is_retry: bool
    has_asked: bool = False
    asked_at: float = 0.0
    dns: int = 0
    connections: dict[object, Transfer] = field(default_factory=dict)

    @classmethod
    def begin(cls, check: QueuedCheck, *, lost_before: float, is_retry: bool = False) -> Self:
        """Start the conversation; an exception of the probe passes through."""
        target = check.target
        probe = registry.KINDS[target.kind].probe
        if probe is None:
            raise TypeError("This kind has no asynchronous probe.")
        conversation = probe(target)
        return cls(
            check=check,
            target=target,
            conversation=conversation,
            request=next(conversation),
            started=monotonic(),
            lost_before=lost_before,
            is_retry=is_retry,
        )

    @property
    def seconds_left(self) -> float:
        return self.started + self.target.timeout_seconds - monotonic()

    def close(self) -> None:
        """Close the connections that were kept for this check."""
        for transfer in self.connections.values():
            transfer.close()
        self.connections.clear()

    def lost_seconds(self, lost_seconds: float) -> float:
        """Return the time that the engine lost during the check, given its total."""
        return lost_seconds - self.lost_before


def may_be_late(began: float, lost_seconds: float, start_before: float) -> bool:
    """Return whether a probe may have sent its request too late, because this process stopped.

    The moment of sending within a stop is not known. The result, good or bad, may be of another
    time.
    """
    return began + lost_seconds > start_before


def may_be_ours(result: ProbeResult, target: Target, lost_seconds: float) -> bool:
    """Return whether time that this process lost during the check may explain the result."""
    return (
        result.outcome is not Outcome.UP
        and result.cause not in _SEEN_FOR_SURE
        and lost_seconds > min(1.0, target.timeout_seconds / 4)
    )


def internal(detail: str) -> ProbeResult:
    return ProbeResult(outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail=detail)


def stalled() -> ProbeResult:
    return ProbeResult(
        outcome=Outcome.UNKNOWN,
        cause=Cause.STALLED,
        detail="This worker was delayed while it waited for the answer.",
    )
