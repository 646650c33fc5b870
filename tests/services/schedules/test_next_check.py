"""The next regular check of a monitor, as its page announces it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from services.monitors import monitors
from services.schedules import schedules
from services.schedules.schedules import AHEAD
from tests.factories import monitors as make
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_first_check_is_not_before_the_first_slot(session: Session) -> None:
    monitor = make.monitor(
        session, organization(session).id, now=NOW, interval_seconds=5, timeout_seconds=2
    )
    first = schedules.next_check(session, monitor, now=NOW)
    assert first is not None
    assert timedelta(seconds=AHEAD) < first - NOW <= timedelta(seconds=AHEAD + 6)


def test_later_checks_follow_at_the_interval(session: Session) -> None:
    monitor = make.monitor(session, organization(session).id, now=NOW)
    later = NOW + timedelta(hours=1)
    following = schedules.next_check(session, monitor, now=later)
    assert following is not None
    assert schedules.next_check(session, monitor, now=following) == following + timedelta(minutes=1)


def test_nothing_is_announced_for_what_is_paused_or_a_heartbeat(session: Session) -> None:
    of = organization(session).id
    paused = make.monitor(session, of, now=NOW)
    later = NOW + timedelta(hours=1)
    monitors.change(session, of, paused.public_id, {"paused": True}, now=later)
    settings = {"period_seconds": 3600}
    beat = make.monitor(session, of, now=NOW, url=None, kind="heartbeat", settings=settings)
    session.expire_all()
    assert schedules.next_check(session, paused, now=later + timedelta(seconds=2)) is None
    assert schedules.next_check(session, beat, now=later) is None
