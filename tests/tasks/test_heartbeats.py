"""The sweep as a task: it settles what is due, commits, and wakes the notifiers."""

from datetime import timedelta

from celery import Celery
from redis import Redis
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from domain.evaluation.state import State
from models import Delivery, MonitorState, PingReceiverSpan
from models.session import database_now
from services.heartbeats import pings
from services.heartbeats.pings import Message
from tasks.app import import_tasks
from tests.services.pinged import heartbeat, token_of


def late(engine: Engine, count: int) -> None:
    """Make heartbeats whose deadline passed a minute ago, while we listened."""
    with Session(engine) as session, session.begin():
        now = database_now(session)
        hours_ago = now - timedelta(seconds=3600 + 600 + 60)
        for _ in range(count):
            token = token_of(session, heartbeat(session))
            pings.receive(session, token, Message(signal=Signal.SUCCESS), now=hours_ago)
        session.add(PingReceiverSpan(began_at=hours_ago - timedelta(hours=2), until_at=now))


def states(engine: Engine) -> list[State]:
    with Session(engine) as session:
        return list(session.scalars(select(MonitorState.state)))


def test_a_sweep_books_what_is_late_and_wakes_the_notifiers(
    celery: Celery, committed: Engine, redis: Redis
) -> None:
    late(committed, 2)
    import_tasks()
    celery.tasks["heartbeats.sweep"]()
    assert states(committed) == [State.DOWN, State.DOWN]
    with Session(committed) as session:
        notified = list(session.scalars(select(Delivery.id)))
    assert len(notified) == 2
    assert redis.llen("q.notifications") == 2


def test_the_timetable_sends_the_sweep_where_nothing_holds_it_up(celery: Celery) -> None:
    import_tasks()
    entries = [
        entry for entry in celery.conf.beat_schedule.values() if entry["task"] == "heartbeats.sweep"
    ]
    assert [entry["schedule"] for entry in entries] == [5.0]
    route = celery.amqp.router.route({}, "heartbeats.sweep")
    assert route["queue"].name == "q.dispatch"
