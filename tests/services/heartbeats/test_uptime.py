"""Uptime of a heartbeat: counted from its first ping, without pauses and our own gaps."""

import pytest
from sqlalchemy.orm import Session

from models import Monitor
from services.analytics import uptime
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors import views as monitor_views
from services.time_range import Window
from tests.services.pinged import T, at, heartbeat, listen, ping, sweep


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return heartbeat(session)


def test_invariant_5_uptime_of_a_heartbeat_is_monitored_from_its_first_ping(
    session: Session, monitor: Monitor
) -> None:
    listen(session, -5, 200)
    ping(session, monitor, 10)
    sweep(session, 80.1)
    ping(session, monitor, 100)
    window = Window(T, at(120))
    measured = uptime.of_monitor(session, monitor, window, now=at(120))
    assert (measured.up, measured.down, measured.unknown) == (90 * 60, 20 * 60, 0)


def test_invariant_5_our_own_gap_is_unknown_until_the_next_ping(
    session: Session, monitor: Monitor
) -> None:
    ping(session, monitor, 0)
    listen(session, -5, 58)
    sweep(session, 75)
    until_now = uptime.of_monitor(session, monitor, Window(T, at(90)), now=at(90))
    assert (until_now.up, until_now.down, until_now.unknown) == (70 * 60, 0, 20 * 60)
    ping(session, monitor, 100)
    later = uptime.of_monitor(session, monitor, Window(T, at(120)), now=at(120))
    assert (later.up, later.down, later.unknown) == (90 * 60, 0, 30 * 60)


def test_time_in_a_pause_is_not_monitored(session: Session, monitor: Monitor) -> None:
    ping(session, monitor, 0)
    view = monitor_views.find_locked(session, monitor.organization_id, monitor.public_id)
    monitor_lifecycle.pause(session, view, now=at(20))
    monitor_lifecycle.resume(session, view, now=at(40))
    ping(session, monitor, 50)
    measured = uptime.of_monitor(session, monitor, Window(T, at(60)), now=at(60))
    assert measured.monitored == pytest.approx(30 * 60, abs=2)
    assert measured.percent == 100
