"""What one presses on the page of a monitor."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Monitor, Recheck
from tests.web import outages
from tests.web.reader import Reader
from tests.web.routes.monitors.conftest import Watched
from tests.web.routes.monitors.test_show import path


def test_a_check_is_requested_now(ada: Reader, session: Session, watched: Watched) -> None:
    monitor = watched()
    seen = ada.post(f"{path(monitor)}/check")
    assert "A check was requested." in seen.text
    assert session.scalars(select(Recheck.monitor_id)).all() == [monitor.id]


def test_a_monitor_is_paused_and_resumed(ada: Reader, watched: Watched) -> None:
    monitor = watched()
    paused = ada.post(f"{path(monitor)}/pause")
    assert "The monitor is paused." in paused.text
    assert not paused.select("form[action$='/check']")
    assert "The monitor is checked again." in ada.post(f"{path(monitor)}/resume").text


def test_what_is_paused_cannot_be_checked(ada: Reader, watched: Watched) -> None:
    monitor = watched()
    ada.post(f"{path(monitor)}/pause")
    assert ada.post(f"{path(monitor)}/check").status == 409


def test_deleting_says_first_what_it_means(ada: Reader, session: Session) -> None:
    group = outages.bob(session, ada)
    incident = outages.begin(session, ada, contact_group_ids=[group])
    monitor = session.get_one(Monitor, incident.monitor_id)
    asked = ada.get(f"{path(monitor)}/delete")
    assert asked.title == "Delete Shop?"
    assert "Everyone who was notified of it is told that the monitor was deleted." in asked.text
    deleted = ada.fill(asked, f"{path(monitor)}/delete")
    assert "The monitor was deleted." in deleted.text
    assert ada.get(path(monitor)).status == 404
    events = session.scalars(select(Delivery.event).order_by(Delivery.id)).all()
    assert AlertEvent.DOWN in events


def test_a_ping_address_is_replaced(ada: Reader) -> None:
    settings = {"period_seconds": 3600}
    made = ada.api.make("monitors", name="Backup", kind="heartbeat", settings=settings)
    seen = ada.post(f"/monitors/{made['id']}/ping-url/rotate")
    assert "The ping address was replaced." in seen.text
    assert made["heartbeat"]["ping_url"] not in seen.text
    assert "The previous address works until" in seen.text


def test_a_heartbeat_is_neither_checked_nor_run(ada: Reader) -> None:
    settings = {"period_seconds": 3600}
    made = ada.api.make("monitors", name="Backup", kind="heartbeat", settings=settings)
    assert ada.post(f"/monitors/{made['id']}/check").status == 409
    assert ada.post(f"/monitors/{made['id']}/test-run").status == 409


def test_a_stranger_changes_nothing(eve: Reader, session: Session, watched: Watched) -> None:
    monitor = watched()
    for act in ("check", "pause", "resume", "delete", "test-run", "ping-url/rotate"):
        assert eve.post(f"{path(monitor)}/{act}").status == 404
    session.refresh(monitor)
    assert (monitor.paused, monitor.deleted_at) == (False, None)
