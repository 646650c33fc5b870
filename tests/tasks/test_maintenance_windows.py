"""The sweep of maintenance windows as a task, and its place in the timetable."""

from celery import Celery
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models import MaintenanceSpan, MaintenanceWindow
from tasks.app import import_tasks
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.planned import at, plan


def test_a_sweep_writes_the_spans_that_are_due(celery: Celery, committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        monitor = make.monitor(session, organization(session).id, now=at(0))
        window = plan(session, monitor, start=60, minutes=30, recurrence="FREQ=DAILY").window
        # As if nobody had swept for a day; whatever the time of this test is, that is long ago.
        window.spanned_until = at(-24 * 60)
        session.query(MaintenanceSpan).delete()
    import_tasks()
    celery.tasks["housekeeping.maintenance_windows"]()
    with Session(committed) as session:
        assert (session.scalar(select(func.count()).select_from(MaintenanceSpan)) or 0) >= 1
        ahead = MaintenanceWindow.spanned_until > func.now()
        assert session.scalars(select(ahead)).all() == [True]


def test_the_timetable_sends_the_sweep_each_ten_seconds(celery: Celery) -> None:
    import_tasks()
    entries = [
        entry
        for entry in celery.conf.beat_schedule.values()
        if entry["task"] == "housekeeping.maintenance_windows"
    ]
    assert [entry["schedule"] for entry in entries] == [10.0]
    route = celery.amqp.router.route({}, "housekeeping.maintenance_windows")
    assert route["queue"].name == "q.housekeeping"
