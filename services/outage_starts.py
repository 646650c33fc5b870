"""When an outage began whose failures need not have been consecutive."""

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.outcome import Outcome
from domain.state import Advance, IncidentOpened, Policy
from models.types import OUTCOME_CODES
from services.results import Observed


def within_window(session: Session, advanced: Advance, last: Observed, policy: Policy) -> Advance:
    """Let an outage that `last` confirmed begin with the first of the failures that did so.

    With a window a run may go on for long before it is an outage: what failed before the window is
    no part of it. The status has no room for the slot of each failure, so the rows are asked, which
    are written by now.
    """
    if not isinstance(advanced.change, IncidentOpened) or policy.window <= policy.confirmations:
        return advanced
    failed = [Outcome.DOWN, Outcome.DEGRADED] if policy.alert_on_degraded else [Outcome.DOWN]
    first = session.scalar(
        _FIRST_FAILURE,
        {
            "monitor_id": last.monitor_id,
            "region_id": last.region_id,
            "since": advanced.change.started,
            "slot": last.slot,
            "among": policy.window,
            "failed": [OUTCOME_CODES[each] for each in failed],
        },
    )
    return replace(advanced, change=replace(advanced.change, started=int(first or last.slot)))


# 9: nothing is known of it, and it counted neither way.
_FIRST_FAILURE = text("""
    SELECT min(slot) FROM (
        SELECT slot, outcome FROM check_results
        WHERE monitor_id = :monitor_id AND region_id = :region_id
            AND slot BETWEEN :since AND :slot AND outcome <> 9
        ORDER BY slot DESC LIMIT :among) AS looked_at
    WHERE outcome = ANY(:failed)
""")
