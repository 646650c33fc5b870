"""Checks of a simulated week: when they are due, and what they find."""

from dataclasses import dataclass, replace

from domain.evaluation.outcome import Cause, Outcome
from models import Monitor
from probes.base import ProbeResult
from services.evaluation.results import Observed
from tests.week.organization import BEGINNING
from tests.week.script import INTERVAL, Kind, Script, Watch

_RESULTS = {
    Outcome.UP: ProbeResult(outcome=Outcome.UP, http_status=200),
    Outcome.DOWN: ProbeResult(outcome=Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500."),
    Outcome.UNKNOWN: ProbeResult(
        outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail="No name can be resolved."
    ),
}


@dataclass(frozen=True, slots=True)
class AsyncProbe:
    """A check that is under way; `seen` is what it found, once it did."""

    watch: Watch
    slot: int
    is_recheck: bool = False
    seen: Outcome | None = None

    @property
    def leads_on(self) -> bool:
        """Tell whether another look may be asked for after this one."""
        good_but_unsure = self.seen is Outcome.UP and self.watch.recoveries > 1
        return self.seen is Outcome.DOWN or good_but_unsure


def done(script: Script, look: AsyncProbe, now: float) -> AsyncProbe:
    """Look at the site as it was when the check was due; one that comes again finds the same."""
    if look.seen is not None:
        return look
    return replace(look, seen=_outcome(script, look, max(look.slot, now - INTERVAL)))


def observed(look: AsyncProbe, monitor: Monitor) -> Observed:
    assert look.seen is not None
    return Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=int(BEGINNING.timestamp()) + look.slot,
        version=None,
        result=_RESULTS[look.seen],
    )


def _outcome(script: Script, look: AsyncProbe, at: float) -> Outcome:
    if any(span.holds(at) for span in script.spans(Kind.RESOLVER)):
        return Outcome.UNKNOWN
    blips = not look.is_recheck and look.slot // 60 in look.watch.blips
    return Outcome.DOWN if blips or look.watch.is_down(at) else Outcome.UP
