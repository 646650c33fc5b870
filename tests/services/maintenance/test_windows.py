"""Maintenance windows: what comes of them, and that what is over stays as it was."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from models import Monitor
from services.errors import Conflict, Invalid, NotFound
from services.maintenance import active as active_maintenance
from services.maintenance import views as maintenance_views
from services.monitors import monitors
from services.time_range import Window
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.planned import (
    at,
    change,
    delete,
    end,
    in_it,
    plan,
    planned_minutes,
    spans,
    sweep,
    wall,
)

DAY = 24 * 60


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return make.monitor(session, organization(session).id, now=at(-60))


def test_a_monitor_is_in_maintenance_from_the_start_to_the_end(
    session: Session, monitor: Monitor
) -> None:
    plan(session, monitor, start=10, minutes=30)
    assert [in_it(session, monitor, each) for each in (9.99, 10, 39.99, 40)] == [
        False,
        True,
        True,
        False,
    ]
    assert active_maintenance.until(session, [monitor.id], now=at(20)) == {monitor.id: at(40)}


def test_of_two_windows_at_once_the_one_that_ends_last_counts(
    session: Session, monitor: Monitor
) -> None:
    plan(session, monitor, start=0, minutes=30)
    plan(session, monitor, start=10, minutes=30)
    assert active_maintenance.until(session, [monitor.id], now=at(15)) == {monitor.id: at(40)}


def test_a_window_is_for_monitors_tags_or_all_of_one_organization(session: Session) -> None:
    ours, theirs = organization(session).id, organization(session).id
    named, tagged, neither = (
        make.monitor(session, ours, now=at(-60), tags=tags) for tags in ([], ["eu"], ["us"])
    )
    strange = make.monitor(session, theirs, now=at(-60), tags=["eu"])
    plan(session, named, start=0, minutes=10, tags=["eu", "asia"])
    plan(session, organization_id=ours, start=20, minutes=10, all_monitors=True)
    everybody = (named, tagged, neither, strange)
    assert [in_it(session, each, 5) for each in everybody] == [True, True, False, False]
    assert [in_it(session, each, 25) for each in everybody] == [True, True, True, False]


@pytest.mark.parametrize("monitor_ids", [[], [uuid4()]])
def test_a_window_for_nothing_is_refused(session: Session, monitor_ids: list[UUID]) -> None:
    with pytest.raises(Invalid) as caught:
        plan(
            session,
            organization_id=organization(session).id,
            start=0,
            minutes=9,
            monitor_ids=monitor_ids,
        )
    assert list(caught.value.problems) == ["monitor_ids"]


def test_a_monitor_of_another_organization_cannot_be_named(
    session: Session, monitor: Monitor
) -> None:
    with pytest.raises(Invalid):
        plan(session, monitor, organization_id=organization(session).id, start=0, minutes=9)


def test_a_window_that_began_before_it_was_planned_counts_from_then_on(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=-30, minutes=60, now=0).window
    assert spans(session, window) == [(0, 30)]


def test_occurrences_that_overlap_run_until_the_last_one_ends(
    session: Session, monitor: Monitor
) -> None:
    window = plan(
        session, monitor, start=-90, minutes=120, now=0, recurrence="FREQ=HOURLY;COUNT=2"
    ).window
    assert spans(session, window) == [(0, 90)]


def test_a_change_counts_from_now_on(session: Session, monitor: Monitor) -> None:
    other = make.monitor(session, monitor.organization_id, now=at(-60))
    window = plan(session, monitor, start=0, minutes=60).window
    change(session, window, 20, monitor_ids=[other.public_id])
    assert spans(session, window) == [(0, 20), (20, 60)]
    asked = Window(at(0), at(100))
    assert planned_minutes(session, monitor, asked) == [(0, 20)]
    assert planned_minutes(session, other, asked) == [(20, 60)]


def test_a_change_of_the_name_alone_interrupts_nothing(session: Session, monitor: Monitor) -> None:
    window = plan(session, monitor, start=0, minutes=60).window
    assert change(session, window, 20, name="Upgrade").window.name == "Upgrade"
    assert spans(session, window) == [(0, 60)]


def test_a_new_start_alone_moves_the_window(session: Session, monitor: Monitor) -> None:
    window = plan(session, monitor, start=10, minutes=60).window
    change(session, window, 0, local_start=wall(30))
    assert spans(session, window) == [(30, 90)]


def test_a_new_end_takes_the_place_of_the_duration(session: Session, monitor: Monitor) -> None:
    window = plan(session, monitor, start=0, minutes=60).window
    assert change(session, window, 20, local_end=wall(90)).active_until == at(90)
    assert spans(session, window) == [(0, 20), (20, 90)]


def test_a_window_that_happens_once_can_be_made_to_recur(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=0, minutes=60).window
    change(session, window, 90, recurrence="FREQ=DAILY")
    assert spans(session, window) == [(0, 60), (DAY, DAY + 60), (2 * DAY, 2 * DAY + 60)]


def test_the_name_of_a_window_that_is_over_can_still_be_changed(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=0, minutes=60).window
    assert change(session, window, 500, name="Old").window.name == "Old"
    with pytest.raises(Invalid):
        change(session, window, 500, duration_seconds=120)


def test_a_window_can_be_ended_early_and_goes_on_with_its_next_occurrence(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=0, minutes=60, recurrence="FREQ=DAILY").window
    view = end(session, window, 20)
    assert (view.active_until, view.next_occurrences[0].start) == (None, at(DAY))
    assert spans(session, window)[:2] == [(0, 20), (DAY, DAY + 60)]
    assert not in_it(session, monitor, 21)


def test_what_was_ended_early_does_not_begin_again_with_a_change_of_what_it_is_for(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=0, minutes=60).window
    end(session, window, 20)
    change(session, window, 25, tags=["eu"])
    assert spans(session, window) == [(0, 20)]
    change(session, window, 30, duration_seconds=7200)
    assert spans(session, window) == [(0, 20), (30, 120)]


def test_only_what_runs_can_be_ended(session: Session, monitor: Monitor) -> None:
    window = plan(session, monitor, start=10, minutes=60).window
    for minutes in (5, 70):
        with pytest.raises(Conflict):
            end(session, window, minutes)


def test_a_deleted_window_ends_now_and_what_is_over_stays(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=0, minutes=60, recurrence="FREQ=DAILY").window
    delete(session, window, 20)
    sweep(session, 3 * DAY)
    assert spans(session, window) == [(0, 20)]
    with pytest.raises(NotFound):
        maintenance_views.find(session, monitor.organization_id, window.public_id, now=at(21))


def test_a_tag_that_is_given_while_the_window_runs_counts_at_once(session: Session) -> None:
    owner = organization(session).id
    monitor = make.monitor(session, owner, now=at(-60))
    plan(session, organization_id=owner, start=0, minutes=60, tags=["eu"])
    assert not in_it(session, monitor, 10)
    monitors.change(session, owner, monitor.public_id, {"tags": ["eu"]}, now=at(10))
    assert in_it(session, monitor, 10)
