"""The rows of check results: one per monitor, slot and region, however often it is written."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.analytics.rollup import HOUR, LATE_AFTER
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Begin
from models.types import OUTCOME_CODES
from probes.base import Evidence, ProbeResult
from services.pg_arrays import array_of

_SMALLINT_LIMIT = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The result of one check. `version` is that of the monitor when it was probed.

    A result without a version was made by this service without a probe. It counts even if the
    monitor was edited since. `lateness` is the seconds from the slot to the start of the probe at
    the earliest, and `uncertainty` those by which the probe may have begun later.
    """

    organization_id: int
    monitor_id: int
    region_id: int
    slot: int
    version: int | None
    result: ProbeResult
    lateness: float = 0.0
    uncertainty: float = 0.0

    @property
    def began(self) -> Begin:
        """The start of the probe, by the database's clock."""
        earliest = self.slot + self.lateness
        return Begin(earliest, earliest + self.uncertainty)

    @property
    def key(self) -> tuple[int, int, int]:
        return self.monitor_id, self.slot, self.region_id


def distinct(observed: Iterable[Observed]) -> list[Observed]:
    """Keep one result per row, preferring a known one to an unknown, in the order of the keys.

    Writers that lock in the same order cannot deadlock.
    """
    best: dict[tuple[int, int, int], Observed] = {}
    for each in observed:
        known = best.get(each.key)
        if known is None or known.result.outcome is Outcome.UNKNOWN:
            best[each.key] = each
    return [best[key] for key in sorted(best)]


# An existing row stays, except that a known outcome replaces an unknown one. The statement also
# returns `over_before` (domain.analytics.rollup) of its own time.
_STORE = text("""
    WITH stored AS (
    INSERT INTO check_results (
        monitor_id, slot, organization_id, total_us, region_id, outcome, cause, http_status,
        dns_ms, connect_ms, tls_ms, first_byte_ms, lateness)
    SELECT n.monitor_id, n.slot, n.organization_id, n.total_us, n.region_id,
        CAST(n.outcome AS "char"), CAST(n.cause AS "char"), n.http_status, n.dns_ms, n.connect_ms,
        n.tls_ms, n.first_byte_ms, n.lateness
    FROM unnest(
        CAST(:monitor_id AS int[]), CAST(:slot AS int[]), CAST(:organization_id AS int[]),
        CAST(:total_us AS int[]), CAST(:region_id AS smallint[]), CAST(:outcome AS int[]),
        CAST(:cause AS int[]), CAST(:http_status AS smallint[]), CAST(:dns_ms AS smallint[]),
        CAST(:connect_ms AS smallint[]), CAST(:tls_ms AS smallint[]),
        CAST(:first_byte_ms AS smallint[]), CAST(:lateness AS smallint[]))
        AS n (monitor_id, slot, organization_id, total_us, region_id, outcome, cause, http_status,
            dns_ms, connect_ms, tls_ms, first_byte_ms, lateness)
    ON CONFLICT (monitor_id, slot, region_id) DO UPDATE SET
        total_us = excluded.total_us, outcome = excluded.outcome, cause = excluded.cause,
        http_status = excluded.http_status, dns_ms = excluded.dns_ms,
        connect_ms = excluded.connect_ms, tls_ms = excluded.tls_ms,
        first_byte_ms = excluded.first_byte_ms, lateness = excluded.lateness
    WHERE check_results.outcome = CAST(9 AS "char") AND excluded.outcome <> CAST(9 AS "char")
    ) SELECT CAST(floor((extract(epoch FROM clock_timestamp()) - :late_after) / :hour) AS int)
        * :hour
""")

# Runs before `_STORE`, while an unknown row that is about to be replaced still is unknown.
_EXPLAIN = text("""
    INSERT INTO check_failures (monitor_id, slot, region_id, organization_id, detail, evidence)
    SELECT f.* FROM unnest(
        CAST(:monitor_id AS int[]), CAST(:slot AS int[]), CAST(:region_id AS smallint[]),
        CAST(:organization_id AS int[]), CAST(:detail AS text[]),
        CAST(:evidence AS jsonb[]))
        AS f (monitor_id, slot, region_id, organization_id, detail, evidence)
    ON CONFLICT (monitor_id, slot, region_id) DO UPDATE
    SET detail = excluded.detail, evidence = excluded.evidence
    WHERE (SELECT outcome FROM check_results r WHERE r.monitor_id = excluded.monitor_id
        AND r.slot = excluded.slot AND r.region_id = excluded.region_id) = CAST(9 AS "char")
""")


@dataclass(frozen=True, slots=True)
class Late:
    """The rows of hours that were over, which is before `over` by the time of the database."""

    rows: Sequence[Observed]
    over: int


def store(session: Session, observed: Sequence[Observed]) -> Late:
    """Write the rows of `distinct` results; return those that are late for their roll-ups.

    Repeating this changes nothing.
    """
    explained = [each for each in observed if each.result.detail]
    if explained:
        details = [each.result.detail for each in explained]
        evidence = [_json(each.result.evidence) for each in explained]
        session.execute(_EXPLAIN, {**_keys(explained), "detail": details, "evidence": evidence})
    parameters = {**_keys(observed), **_values(observed), "late_after": LATE_AFTER, "hour": HOUR}
    over: int = session.execute(_STORE, parameters).scalar_one()
    return Late([each for each in observed if each.slot < over], over)


def _json(evidence: Evidence | None) -> str | None:
    return None if evidence is None else json.dumps(asdict(evidence))


def _keys(observed: Sequence[Observed]) -> dict[str, object]:
    return {
        "monitor_id": array_of(each.monitor_id for each in observed),
        "slot": array_of(each.slot for each in observed),
        "region_id": array_of(each.region_id for each in observed),
        "organization_id": array_of(each.organization_id for each in observed),
    }


def _values(observed: Sequence[Observed]) -> dict[str, str]:
    results = [each.result for each in observed]
    timings = [result.timings for result in results]
    return {
        "total_us": array_of(each.total for each in timings),
        "outcome": array_of(OUTCOME_CODES[result.outcome] for result in results),
        "cause": array_of(int(result.cause) for result in results),
        "http_status": array_of(result.http_status for result in results),
        "dns_ms": array_of(_milliseconds(each.dns) for each in timings),
        "connect_ms": array_of(_milliseconds(each.connect) for each in timings),
        "tls_ms": array_of(_milliseconds(each.tls) for each in timings),
        "first_byte_ms": array_of(_milliseconds(each.first_byte) for each in timings),
        "lateness": array_of(_hundredths(each.lateness) for each in observed),
    }


def _milliseconds(microseconds: int) -> int:
    return min(round(microseconds / 1000), _SMALLINT_LIMIT)


def _hundredths(seconds: float) -> int:
    return min(max(0, round(seconds * 100)), _SMALLINT_LIMIT)
