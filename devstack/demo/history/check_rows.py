"""The rows of the checks of the last day, each as a probe of its kind would have answered."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random

from sqlalchemy.orm import Session

from devstack.demo import latency
from devstack.demo.history.placing import Placed, PlacedOutage
from devstack.demo.story.failures import Failure
from devstack.demo.story.past import Story
from domain.analytics.rollup import hour_of
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import Severity
from probes.base import Evidence, ProbeResult, Timings
from services.evaluation import results
from services.evaluation.results import Observed
from services.operations import partitions

_LAST = 86_400
"""The seconds whose rows are written. Of older ones, the spans and the roll-ups are shown."""
_SEED = 7
_MICROSECONDS = 1_000_000
_GOOD = 200
_HEADERS = (("Server", "envoy"), ("Content-Type", "text/plain; charset=utf-8"))


def rows_since(story: Story) -> int:
    """Return the whole hour with which the rows begin."""
    return hour_of(int(story.now.timestamp()) - _LAST)


def write(session: Session, story: Story, placed: Sequence[Placed]) -> None:
    """Write the rows, with two statements for each monitor."""
    since = rows_since(story)
    day = datetime.fromtimestamp(since, UTC).date()
    partitions.make(session, partitions.CHECKS, [day])
    random = Random(_SEED)  # noqa: S311 - no secret
    for each in placed:
        found = _ended_runs(each) if each.is_job else _probed(each, since, random)
        rows = results.distinct(row for row in found if row.slot >= since)
        if rows:
            results.store(session, rows)


def _probed(placed: Placed, since: int, random: Random) -> Iterator[Observed]:
    for slot in placed.slots(since):
        outage = placed.outage_at(slot)
        yield _observed(placed, slot, _result(placed, slot, outage, random), random)
    for outage in placed.outages:
        result = _result(placed, outage.confirmed, outage, random)
        yield _observed(placed, outage.confirmed, result, random)


def _ended_runs(placed: Placed) -> Iterator[Observed]:
    """Yield a result for each end of a run, and for a ping that never came."""
    for run in placed.watched.runs:
        slot = int(run.end.timestamp())
        outage = placed.outage_at(slot)
        failed = _failed(outage.outage.failure, Timings()) if outage else None
        yield _observed(placed, slot, failed or ProbeResult(outcome=Outcome.UP))
    if placed.present is not None:
        failure = placed.present.outage.failure
        yield _observed(placed, placed.present.start, _failed(failure, Timings()))


def _observed(
    placed: Placed, slot: int, result: ProbeResult, random: Random | None = None
) -> Observed:
    return Observed(
        organization_id=placed.monitor.organization_id,
        monitor_id=placed.monitor.id,
        region_id=placed.monitor.region_ids[0],
        slot=slot,
        version=placed.monitor.version,
        result=result,
        lateness=random.uniform(0.02, 0.2) if random else 0.0,
    )


def _result(placed: Placed, slot: int, outage: PlacedOutage | None, random: Random) -> ProbeResult:
    is_http = placed.watched.kind == "http"
    if outage is None:
        took = latency.milliseconds(placed.watched.milliseconds, slot, random) / 1000
        status = _GOOD if is_http else 0
        return ProbeResult(
            outcome=Outcome.UP, http_status=status, timings=_timings(took, is_http=is_http)
        )
    failure = outage.outage.failure
    if failure.severity is Severity.DEGRADED:
        return _slow(placed, failure, latency.steady(failure.seconds, random))
    return _failed(failure, _timings(failure.seconds, is_http=failure.http_status != 0))


def _slow(placed: Placed, failure: Failure, seconds: float) -> ProbeResult:
    limit = placed.watched.slow_above or 0
    took = round(max(seconds * 1000, limit + 1))
    return ProbeResult(
        outcome=Outcome.DEGRADED,
        cause=Cause.SLOW,
        detail=f"The answer took {took:,} ms, more than {limit:,} ms.",
        http_status=failure.http_status,
        timings=_timings(took / 1000, is_http=True),
    )


def _failed(failure: Failure, timings: Timings) -> ProbeResult:
    evidence = Evidence(headers=_HEADERS, body=failure.body) if failure.body else None
    return ProbeResult(
        outcome=Outcome.DOWN,
        cause=failure.cause,
        detail=failure.detail,
        http_status=failure.http_status,
        timings=timings,
        evidence=evidence,
    )


def _timings(seconds: float, *, is_http: bool) -> Timings:
    total = round(seconds * _MICROSECONDS)
    connect = min(300, total)
    first_byte = max(0, total - connect - 100) if is_http else 0
    return Timings(dns=0, connect=connect, first_byte=first_byte, total=total)
