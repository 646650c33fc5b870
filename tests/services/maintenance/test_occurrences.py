"""What comes of maintenance windows in time: spans that are written ahead, once, and settled."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from models import MaintenanceSpan, MaintenanceWindow, Monitor
from services.maintenance import active as active_maintenance
from services.maintenance import occurrences as maintenance_occurrences
from services.monitors import monitors
from services.time_range import Window
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.explained import without
from tests.services.planned import (
    T,
    at,
    plan,
    planned_minutes,
    spans,
    sweep,
)

DAY = 24 * 60


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return make.monitor(session, organization(session).id, now=at(-60))


def test_spans_are_written_more_than_a_day_ahead(session: Session, monitor: Monitor) -> None:
    window = plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY").window
    assert spans(session, window) == [(60, 90), (60 + DAY, 90 + DAY)]
    sweep(session, 0.5 * DAY)
    assert len(spans(session, window)) == 2
    sweep(session, 1.5 * DAY)
    assert spans(session, window)[-1] == (60 + 3 * DAY, 90 + 3 * DAY)


def test_a_sweep_that_comes_days_late_writes_what_was_planned(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY").window
    sweep(session, 5 * DAY)
    assert spans(session, window) == [(60 + n * DAY, 90 + n * DAY) for n in range(7)]


def test_sweeps_that_repeat_change_nothing(session: Session, monitor: Monitor) -> None:
    window = plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY").window
    sweep(session, DAY + 1)
    before = spans(session, window)
    window.spanned_until = at(0)  # As if the note of it had been lost.
    sweep(session, DAY + 1)
    assert spans(session, window) == before


def test_a_window_whose_last_occurrence_is_written_is_left_alone(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY;COUNT=3").window
    assert window.spanned_until is not None
    sweep(session, 1.5 * DAY)
    assert len(spans(session, window)) == 3
    assert window.spanned_until is None


def test_a_window_far_ahead_is_written_when_its_time_comes(
    session: Session, monitor: Monitor
) -> None:
    window = plan(session, monitor, start=100 * DAY, minutes=30).window
    assert spans(session, window) == []
    sweep(session, 99 * DAY + 1)
    assert spans(session, window) == [(100 * DAY, 100 * DAY + 30)]


def test_a_rule_that_comes_due_every_six_years_goes_on(session: Session, monitor: Monitor) -> None:
    rule = "FREQ=YEARLY;INTERVAL=6"
    window = plan(session, monitor, start=60, minutes=30, recurrence=rule).window
    sweep(session, DAY)
    six_years = (6 * 365 + 2) * DAY
    sweep(session, six_years)
    assert spans(session, window) == [(60, 90), (60 + six_years, 90 + six_years)]


def test_one_window_that_cannot_be_read_keeps_no_other_from_being_written(
    session: Session, monitor: Monitor
) -> None:
    broken, sound = (
        plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY").window
        for _ in range(2)
    )
    broken.recurrence = "FREQ=SOMETIMES"
    session.flush()
    sweep(session, 1.5 * DAY)
    assert (len(spans(session, broken)), len(spans(session, sound))) == (2, 4)
    assert broken.spanned_until is None


def test_what_a_monitor_is_tagged_later_does_not_change_what_was(session: Session) -> None:
    owner = organization(session).id
    before = make.monitor(session, owner, now=at(-60), tags=["eu"])
    after = make.monitor(session, owner, now=at(-60))
    plan(session, organization_id=owner, start=0, minutes=60, tags=["eu"])
    sweep(session, 60)
    for monitor, tags in ((before, []), (after, ["eu"])):
        monitors.change(session, owner, monitor.public_id, {"tags": tags}, now=at(70))
    asked = Window(at(0), at(100))
    assert planned_minutes(session, before, asked) == [(0, 60)]
    assert planned_minutes(session, after, asked) == []


def test_whether_a_monitor_is_in_maintenance_is_one_search_of_an_index(
    session: Session, monitor: Monitor
) -> None:
    for _ in range(4):
        other = make.monitor(session, organization(session).id, now=at(-60))
        plan(session, other, start=60, minutes=30, recurrence="FREQ=DAILY")
    sweep(session, 60 * DAY)
    # Which index is best is up to what the database knows of the rows.
    session.execute(text("ANALYZE maintenance_spans"))
    without(session.connection(), "seqscan", "bitmapscan")
    query = select(MaintenanceSpan.id).where(
        MaintenanceSpan.organization_id == monitor.organization_id, active_maintenance.running(T)
    )
    sql = query.compile(session.connection(), compile_kwargs={"literal_binds": True})
    plan_of = "\n".join(session.execute(text(f"EXPLAIN {sql}")).scalars())
    assert "ix_maintenance_spans_organization_id_ends_at" in plan_of


@pytest.mark.committed
def test_sweeps_at_the_same_time_write_each_span_once(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        monitor = make.monitor(session, organization(session).id, now=at(-60))
        for _ in range(5):
            plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY")

    def run(_: int) -> None:
        with Session(committed) as session, session.begin():
            maintenance_occurrences.sweep(session, now=at(1.5 * DAY))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(8)))
    with Session(committed) as session:
        assert session.scalar(select(func.count()).select_from(MaintenanceSpan)) == 5 * 4
        assert session.scalars(select(MaintenanceWindow.spanned_until)).all() == [at(3.5 * DAY)] * 5
