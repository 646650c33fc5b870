"""The start of an outage: the first failing row of the run that confirmed it."""

from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import LONGEST_TIMEOUT, TOLERANCE
from domain.evaluation.state import Advance, IncidentOpened, Thresholds
from models.types import OUTCOME_CODES
from services.evaluation.results import Observed

_OVERTAKEN = TOLERANCE + LONGEST_TIMEOUT
"""The most seconds by which a check's slot may precede that of one that ended earlier."""


def of_run(session: Session, advanced: Advance, last: Observed, policy: Thresholds) -> Advance:
    """Set the start of an outage that `last` confirmed to the first failure of the confirmation.

    The status does not store the slot of each failure, so the query reads the rows, which are
    already written. With a window, a run may be long before it is an outage; failures before the
    window do not count. Without a window, a failure of an older slot may have ended after a newer
    one.
    """
    if not isinstance(advanced.change, IncidentOpened):
        return advanced
    since = advanced.change.started
    query = _IN_WINDOW if policy.window > policy.confirmations else _OVERTAKEN_FAILURE
    first = session.scalar(
        query,
        {
            "monitor_id": last.monitor_id,
            "region_id": last.region_id,
            "since": since,
            "slot": last.slot,
            "among": policy.window,
            "overtaken": _overtaken(policy),
            "failed": _failed(policy),
        },
    )
    return replace(advanced, change=replace(advanced.change, started=int(first or since)))


def move_back(session: Session, late: Observed, policy: Thresholds) -> None:
    """Move the start of the open outage back to this failure, which ended after newer ones."""
    session.execute(
        _MOVE_BACK,
        {
            "monitor_id": late.monitor_id,
            "slot": late.slot,
            "overtaken": _overtaken(policy),
            "failed": _failed(policy),
        },
    )


def _overtaken(policy: Thresholds) -> int:
    """Return how old a failure of the same run may be: more blind time would have ended the run."""
    return min(_OVERTAKEN, 2 * policy.interval - 1) if policy.interval else _OVERTAKEN


def is_failure(outcome: Outcome, policy: Thresholds) -> bool:
    return outcome is Outcome.DOWN or (outcome is Outcome.DEGRADED and policy.alert_on_degraded)


def _failed(policy: Thresholds) -> list[int]:
    return [code for each, code in OUTCOME_CODES.items() if is_failure(each, policy)]


# 9 is `unknown`, which counts neither as a failure nor as a success.
_IN_WINDOW = text("""
    SELECT min(slot) FROM (
        SELECT slot, outcome FROM check_results
        WHERE monitor_id = :monitor_id AND region_id = :region_id
            AND slot BETWEEN :since AND :slot AND outcome <> CAST(9 AS "char")
        ORDER BY slot DESC LIMIT :among) AS looked_at
    WHERE CAST(outcome AS int) = ANY(:failed)
""")

_OVERTAKEN_FAILURE = text("""
    WITH before AS (
        SELECT slot, CAST(outcome AS int) AS outcome FROM check_results
        WHERE monitor_id = :monitor_id AND region_id = :region_id
            AND slot BETWEEN :since - :overtaken AND :since AND outcome <> CAST(9 AS "char")
    )
    SELECT min(slot) FROM before
    WHERE outcome = ANY(:failed)
        AND slot > coalesce((SELECT max(slot) FROM before WHERE outcome <> ALL(:failed)), 0)
""")

_MOVE_BACK = text("""
    WITH moved AS (
        UPDATE incidents i SET started_at = to_timestamp(:slot)
        WHERE i.monitor_id = :monitor_id AND i.ended_at IS NULL
            AND i.started_at > to_timestamp(:slot)
            AND i.started_at <= to_timestamp(:slot + :overtaken)
            AND NOT EXISTS (
                SELECT FROM check_results c
                WHERE c.monitor_id = :monitor_id AND c.slot > :slot
                    AND c.slot < extract(epoch FROM i.started_at)
                    AND CAST(c.outcome AS int) <> ALL(:failed) AND c.outcome <> CAST(9 AS "char"))
        RETURNING i.monitor_id
    )
    UPDATE monitor_states s SET since = to_timestamp(:slot)
    FROM moved WHERE s.monitor_id = moved.monitor_id
""")
