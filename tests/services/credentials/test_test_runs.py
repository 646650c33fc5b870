"""Traces: few at once, taken by one worker, and over in any case."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import CheckResult, Monitor, MonitorState, TestRun
from models.test_run import TestRunState
from services.credentials import test_runs
from services.credentials.unsealed import OpenCredentials
from services.errors import Conflict, NotFound
from services.monitors import monitors
from services.monitors import views as monitor_views
from tests.factories import monitors as make
from tests.factories.credentials import credential, watched_with
from tests.factories.keys import RING
from tests.factories.organizations import organization
from tests.services.pinged import T

UNSEALED = OpenCredentials(RING)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return make.monitor(session, organization(session).id, now=T, timeout_seconds=4)


def request(session: Session, monitor: Monitor, seconds: float = 0) -> TestRun:
    view = monitor_views.find(session, monitor.organization_id, monitor.public_id)
    return test_runs.request(session, view, now=at(seconds))


def find(session: Session, test_run: TestRun, seconds: float) -> TestRun:
    session.flush()
    session.expire_all()
    monitor = session.get_one(Monitor, test_run.monitor_id)
    return test_runs.find(session, monitor, test_run.public_id, now=at(seconds))


def test_a_trace_is_taken_once_and_keeps_its_report(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    assert (test_run.state, test_run.region) == (TestRunState.PENDING, "default")
    begun = test_runs.begin(session, test_run.id, UNSEALED, now=at(1))
    assert begun is not None
    assert begun.target.url == monitor.url
    assert test_runs.begin(session, test_run.id, UNSEALED, now=at(1)) is None
    assert find(session, test_run, 2).state is TestRunState.RUNNING
    test_runs.finish(session, test_run.id, {"outcome": "up"}, now=at(3))
    done = find(session, test_run, 4)
    assert (done.state, done.report) == (TestRunState.DONE, {"outcome": "up"})
    assert (done.requested_at, done.started_at, done.finished_at) == (at(0), at(1), at(3))


def test_it_changes_no_state_and_writes_no_result(session: Session, monitor: Monitor) -> None:
    before = session.get_one(MonitorState, monitor.id).last_slot
    test_run = request(session, monitor)
    assert test_runs.begin(session, test_run.id, UNSEALED, now=at(1))
    test_runs.finish(session, test_run.id, {"outcome": "down"}, now=at(2))
    session.expire_all()
    assert session.get_one(MonitorState, monitor.id).last_slot == before
    assert session.scalar(select(func.count()).select_from(CheckResult)) == 0


def test_there_is_one_trace_of_a_monitor_at_a_time(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    with pytest.raises(Conflict, match=str(test_run.public_id)):
        request(session, monitor, 1)
    test_runs.begin(session, test_run.id, UNSEALED, now=at(2))
    with pytest.raises(Conflict, match=str(test_run.public_id)):
        request(session, monitor, 3)
    test_runs.finish(session, test_run.id, {}, now=at(4))
    assert request(session, monitor, 5).id != test_run.id


def test_an_organization_has_few_at_a_time_and_takes_nothing_from_others(session: Session) -> None:
    own, other = organization(session).id, organization(session).id
    for _ in range(5):
        request(session, make.monitor(session, own, now=T))
    with pytest.raises(Conflict, match="at most 5 test runs in progress"):
        request(session, make.monitor(session, own, now=T))
    request(session, make.monitor(session, other, now=T))
    request(session, make.monitor(session, own, now=T), 61)


def test_one_that_no_worker_took_fails_after_a_minute(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    assert find(session, test_run, 59).state is TestRunState.PENDING
    failed = find(session, test_run, 60)
    assert failed.state is TestRunState.FAILED
    assert failed.problem == "No worker started this check within 60 s."
    assert test_runs.begin(session, test_run.id, UNSEALED, now=at(61)) is None


def test_a_message_that_comes_too_late_begins_nothing(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    assert test_runs.begin(session, test_run.id, UNSEALED, now=at(60)) is None


def test_one_whose_worker_was_killed_fails_when_its_time_is_over(
    session: Session, monitor: Monitor
) -> None:
    test_run = request(session, monitor)
    test_runs.begin(session, test_run.id, UNSEALED, now=at(10))
    # Twice the timeout of 4 s, and a margin of 15 s.
    assert find(session, test_run, 32).state is TestRunState.RUNNING
    failed = find(session, test_run, 33)
    assert (failed.state, failed.finished_at) == (TestRunState.FAILED, at(33))
    assert "did not finish this check in time" in str(failed.problem)
    test_runs.finish(session, test_run.id, {"outcome": "up"}, now=at(34))
    assert find(session, test_run, 35).state is TestRunState.FAILED
    assert request(session, monitor, 36).state is TestRunState.PENDING


def test_what_may_be_lost_is_handed_over_again_until_somebody_takes_it(
    session: Session, monitor: Monitor
) -> None:
    test_run = request(session, monitor)
    assert test_runs.stranded(session, now=at(4)) == []
    assert test_runs.stranded(session, now=at(5)) == [(test_run.id, "default")]
    test_runs.begin(session, test_run.id, UNSEALED, now=at(6))
    session.flush()
    assert test_runs.stranded(session, now=at(7)) == []


def test_a_monitor_that_cannot_be_read_fails_at_once(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    monitor.settings = {"no_such_setting": 1}
    session.flush()
    assert test_runs.begin(session, test_run.id, UNSEALED, now=at(1)) is None
    assert "could not be read" in str(find(session, test_run, 1).problem)


def test_a_monitor_is_traced_with_its_credentials_even_while_it_is_paused(
    session: Session,
) -> None:
    organization_id = organization(session).id
    used = credential(session, organization_id, now=T)
    monitor = watched_with(session, organization_id, used, now=T, paused=True)
    begun = test_runs.begin(session, request(session, monitor).id, UNSEALED, now=at(1))
    assert begun is not None
    assert [each.scheme for each in begun.target.credentials] == ["bearer"]


def test_a_deleted_monitor_is_not_traced_any_more(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    monitors.delete(session, monitor.organization_id, monitor.public_id, now=at(1))
    session.flush()
    assert test_runs.begin(session, test_run.id, UNSEALED, now=at(2)) is None


def test_a_trace_is_found_by_its_own_monitor_only(session: Session, monitor: Monitor) -> None:
    test_run = request(session, monitor)
    other = make.monitor(session, monitor.organization_id, now=T)
    for asked, name in ((other, test_run.public_id), (monitor, uuid.uuid4())):
        with pytest.raises(NotFound):
            test_runs.find(session, asked, name, now=at(1))


def test_traces_are_forgotten_after_a_day(session: Session, monitor: Monitor) -> None:
    day = 24 * 3600
    test_run = request(session, monitor)
    assert find(session, test_run, day - 1).problem
    with pytest.raises(NotFound):
        find(session, test_run, day)
    test_runs.forget(session, now=at(day))
    assert session.scalar(select(func.count()).select_from(TestRun)) == 0


def test_two_who_ask_at_once_are_counted_one_after_the_other(committed: Engine) -> None:
    with Session(committed) as one, Session(committed) as other:
        monitor = make.monitor(one, organization(one).id, now=T)
        one.commit()
        request(one, monitor)
        view = monitor_views.find(other, monitor.organization_id, monitor.public_id)
        one.commit()
        with pytest.raises(Conflict):
            test_runs.request(other, view, now=at(1))


def test_the_last_trace_of_a_monitor_is_known_for_a_day(session: Session, monitor: Monitor) -> None:
    assert test_runs.last(session, monitor, now=at(0)) is None
    test_run = request(session, monitor)
    assert test_runs.last(session, monitor, now=at(60)) is test_run
    assert test_runs.last(session, monitor, now=at(86_401)) is None
