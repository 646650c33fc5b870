"""What a probe says of each outcome."""

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult

RESULTS = {
    Outcome.UP: ProbeResult(outcome=Outcome.UP, http_status=200),
    Outcome.DEGRADED: ProbeResult(outcome=Outcome.DEGRADED, cause=Cause.SLOW, detail="Slow."),
    Outcome.DOWN: ProbeResult(outcome=Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500."),
    Outcome.UNKNOWN: ProbeResult(
        outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail="The database is away."
    ),
}
