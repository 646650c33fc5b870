"""Test runs: a check made at once by a worker and recorded step by step. Changes no state.

A test run without progress at its deadline has failed, whoever looks at it next: its message may be
lost, or its worker killed. Workers and sweeps serve all organizations, by internal ids.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from models import Monitor, TestRun
from models.test_run import TestRunState
from probes.base import Target
from security.vault import KeyRing
from services import quotas
from services.after_commit import hints
from services.credentials import drafts, targets
from services.credentials.drafts import Draft
from services.credentials.unsealed import OpenCredentials
from services.errors import Conflict, Invalid, NotFound
from services.monitors.lifecycle import refuse_heartbeat
from services.monitors.views import MonitorView

WAIT = timedelta(seconds=60)
"""How long a test run waits for a worker."""
KEPT = timedelta(days=1)

_LOST_AFTER = timedelta(seconds=5)
_MARGIN = timedelta(seconds=15)
_UNFINISHED = (TestRunState.PENDING, TestRunState.RUNNING)


@dataclass(frozen=True, slots=True)
class StartedTestRun:
    """A test run that only the caller carries out."""

    test_run_id: int
    target: Target


def request(
    session: Session, view: MonitorView, *, region: str | None = None, now: datetime
) -> TestRun:
    """Store a test run; the caller enqueues it for a worker after the commit.

    The default region is the monitor's first. Raise `Invalid` for a region that is not the
    monitor's. Raise `Conflict` for a heartbeat, or if one or too many are under way. The monitor
    may be paused, so that users can find a problem.
    """
    refuse_heartbeat(view)
    monitor = view.monitor
    if region is not None and region not in view.regions:
        raise Invalid({"region": ["The monitor is not checked from this region."]})
    there = region or view.regions[0]
    test_run = _pending(session, monitor.organization_id, region=there, now=now)
    _refuse_second(session, monitor)
    test_run.monitor_id = monitor.id
    session.add(test_run)
    session.flush()
    return test_run


def request_draft(
    session: Session, organization_id: int, draft: Draft, *, ring: KeyRing, now: datetime
) -> TestRun:
    """Store a test run of values that are not stored; the caller enqueues it after the commit.

    Raise `Conflict` if too many are under way.
    """
    test_run = _pending(session, organization_id, region=draft.region, now=now)
    test_run.project_id = draft.project
    drafts.seal(session, test_run, draft, ring=ring, now=now)
    session.add(test_run)
    session.flush()
    return test_run


def find(session: Session, monitor: Monitor, test_run_id: uuid.UUID, *, now: datetime) -> TestRun:
    """Return a test run of this monitor. Raise `NotFound` if there is none."""
    return _find(session, monitor.organization_id, monitor.id, test_run_id, now=now)


def find_draft(
    session: Session, organization_id: int, test_run_id: uuid.UUID, *, now: datetime
) -> TestRun:
    """Return a test run of values that are not stored. Raise `NotFound` if there is none."""
    return _find(session, organization_id, None, test_run_id, now=now)


def last(session: Session, monitor: Monitor, *, now: datetime) -> TestRun | None:
    """Return the last test run of this monitor, if it is still kept."""
    return session.scalars(
        select(TestRun)
        .where(
            TestRun.organization_id == monitor.organization_id,
            TestRun.monitor_id == monitor.id,
            TestRun.requested_at > now - KEPT,
        )
        .order_by(TestRun.requested_at.desc())
        .limit(1)
    ).one_or_none()


def begin(
    session: Session, test_run_id: int, unsealed: OpenCredentials, *, now: datetime
) -> StartedTestRun | None:
    """Claim a test run, or return None if it is taken, over or impossible; messages may repeat."""
    test_run = session.scalars(
        select(TestRun)
        .where(
            TestRun.id == test_run_id,
            TestRun.state == TestRunState.PENDING,
            TestRun.deadline_at > now,
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if test_run is None:
        return None
    target = _target(session, test_run, unsealed)
    drafts.forget(test_run)
    if target is None:
        _fail(session, test_run, _UNREADABLE, now=now)
        return None
    test_run.state, test_run.started_at = TestRunState.RUNNING, now
    # A check that was delayed is made a second time.
    test_run.deadline_at = now + 2 * timedelta(seconds=target.timeout_seconds) + _MARGIN
    return StartedTestRun(test_run.id, target)


def finish(session: Session, test_run_id: int, report: Mapping[str, Any], *, now: datetime) -> None:
    """Store the report of a test run, unless it was given up."""
    finished = session.scalars(
        update(TestRun)
        .where(TestRun.id == test_run_id, TestRun.state == TestRunState.RUNNING)
        .values(state=TestRunState.DONE, finished_at=now, report=dict(report))
        .returning(TestRun.organization_id)
    )
    for organization_id in finished:
        hints.note(session, organization_id, "test_runs")


def give_up(session: Session, organization_id: int | None = None, *, now: datetime) -> None:
    """Fail the test runs past their deadline; of all organizations unless one is given."""
    overdue = select(TestRun).where(TestRun.state.in_(_UNFINISHED), TestRun.deadline_at <= now)
    if organization_id is not None:
        overdue = overdue.where(TestRun.organization_id == organization_id)
    for test_run in session.scalars(overdue.with_for_update(skip_locked=True)):
        taken = test_run.state is TestRunState.RUNNING
        _fail(session, test_run, _NOT_FINISHED if taken else _NOT_TAKEN, now=now)
    session.flush()


def stranded(session: Session, *, now: datetime) -> Sequence[Row[int, str]]:
    """Return the ids and regions of those whose message may be lost."""
    query = select(TestRun.id, TestRun.region).where(
        TestRun.state == TestRunState.PENDING,
        TestRun.requested_at <= now - _LOST_AFTER,
        TestRun.deadline_at > now,
    )
    return session.execute(query).all()


def forget(session: Session, *, now: datetime) -> None:
    """Delete test runs older than a day."""
    session.execute(delete(TestRun).where(TestRun.requested_at <= now - KEPT))


_NOT_TAKEN = f"No worker started this check within {WAIT.seconds} s."
_NOT_FINISHED = "The worker did not finish this check in time: it stopped or failed."
_UNREADABLE = (
    "This monitor cannot be checked: its settings or one of its credentials could not be read."
)


def _fail(session: Session, test_run: TestRun, problem: str, *, now: datetime) -> None:
    hints.note(session, test_run.organization_id, "test_runs")
    test_run.state, test_run.finished_at, test_run.problem = TestRunState.FAILED, now, problem
    drafts.forget(test_run)


def _target(session: Session, test_run: TestRun, unsealed: OpenCredentials) -> Target | None:
    if test_run.monitor_id is None:
        return drafts.target(session, test_run, unsealed)
    found = targets.load(session, [test_run.monitor_id], unsealed).get(test_run.monitor_id)
    return None if found is None else found.target


def _pending(session: Session, organization_id: int, *, region: str, now: datetime) -> TestRun:
    give_up(session, organization_id, now=now)
    unfinished = TestRun.state.in_(_UNFINISHED)
    quotas.take(session, organization_id, "test_runs_under_way", only=unfinished)
    return TestRun(
        public_id=uuid.uuid4(),
        organization_id=organization_id,
        region=region,
        state=TestRunState.PENDING,
        requested_at=now,
        deadline_at=now + WAIT,
    )


def _refuse_second(session: Session, monitor: Monitor) -> None:
    public_id = session.scalars(
        select(TestRun.public_id).where(
            TestRun.organization_id == monitor.organization_id,
            TestRun.monitor_id == monitor.id,
            TestRun.state.in_(_UNFINISHED),
        )
    ).first()
    if public_id is not None:
        raise Conflict(f"A test run of this monitor is already in progress: {public_id}.")


def _find(
    session: Session,
    organization_id: int,
    monitor_id: int | None,
    test_run_id: uuid.UUID,
    *,
    now: datetime,
) -> TestRun:
    give_up(session, organization_id, now=now)
    test_run = session.scalars(
        select(TestRun).where(
            TestRun.organization_id == organization_id,
            TestRun.monitor_id.is_not_distinct_from(monitor_id),
            TestRun.public_id == test_run_id,
            TestRun.requested_at > now - KEPT,
        )
    ).one_or_none()
    if test_run is None:
        raise NotFound("test run")
    return test_run
