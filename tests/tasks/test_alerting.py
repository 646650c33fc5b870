"""The sweep of incidents as a task: it tells what is due, commits, and wakes the notifiers."""

from datetime import timedelta

from celery import Celery
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery
from models.session import database_now
from services.alerting import process as alerting
from tasks.app import import_tasks
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, broken, notify


def due(engine: Engine, count: int) -> None:
    """Make incidents whose reminder is due by now."""
    with Session(engine) as session, session.begin():
        hour_ago = database_now(session) - timedelta(hours=1)
        for _ in range(count):
            monitor = make.monitor(
                session, organization(session).id, now=hour_ago, reminder_minutes=30
            )
            notify(session, monitor, EMAIL)
            alerting.opened(session, broken(session, monitor, now=hour_ago), now=hour_ago)


def test_a_sweep_tells_all_that_is_due_and_wakes_the_notifiers(
    celery: Celery, committed: Engine, redis: Redis
) -> None:
    due(committed, 60)
    import_tasks()
    celery.tasks["alerting.sweep"]()
    with Session(committed) as session:
        notified = session.scalars(select(Delivery.id).where(Delivery.event == AlertEvent.REMINDER))
        assert len(notified.all()) == 60
    assert redis.llen("q.notifications") == 60


def test_the_timetable_sends_the_sweep_where_nothing_holds_it_up(celery: Celery) -> None:
    import_tasks()
    entries = [
        entry for entry in celery.conf.beat_schedule.values() if entry["task"] == "alerting.sweep"
    ]
    assert [entry["schedule"] for entry in entries] == [2.0]
    route = celery.amqp.router.route({}, "alerting.sweep")
    assert route["queue"].name == "q.dispatch"
