"""The first page: what is wrong now, who is on duty, and the first steps of an organization."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from domain.expiry import Subject
from models import (
    BurnRate,
    Channel,
    ContactGroup,
    Expiry,
    Monitor,
    MonitorState,
    Recheck,
    Slo,
)
from models.session import database_now
from tests.api.machines.callers import join
from tests.factories import monitors as make
from tests.web import outages
from tests.web.reader import Reader

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def test_a_new_organization_sees_one_field(ada: Reader) -> None:
    seen = ada.get("/")
    assert seen.title == "Welcome"
    assert [each["name"] for each in seen.select("main input")] == ["address"]


def test_the_first_address_is_watched_checked_at_once_and_told_of(
    ada: Reader, session: Session
) -> None:
    seen = ada.fill(ada.get("/"), "/first", address="shop.example.com")
    assert "The first check is under way." in seen.text
    assert "Open the mail to ada@example.test and confirm the address." in seen.text
    (monitor,) = ada.api.read("monitors")["items"]
    assert monitor["url"] == "https://shop.example.com/"
    group = session.scalars(select(ContactGroup)).one()
    assert monitor["contact_group_ids"] == [str(group.public_id)]
    channel = session.scalars(select(Channel)).one()
    assert (channel.address, channel.confirmed_at) == ("ada@example.test", None)
    assert channel.confirmation_sent_at is not None
    recheck = session.scalars(select(Recheck)).one()
    assert recheck.due is not None
    assert recheck.due <= database_now(session).timestamp() + 2


def test_the_first_result_is_shown(ada: Reader, session: Session) -> None:
    ada.fill(ada.get("/"), "/first", address="shop.example.com")
    monitor = session.scalars(select(Monitor)).one()
    monitor.created_at -= timedelta(minutes=1)
    slot = int(database_now(session).timestamp())
    make.check(session, monitor, slot)
    session.commit()
    assert "It answered in 20 ms" in ada.get("/").text


@pytest.mark.parametrize("address", ["", "not an address", "gopher://x", "https://" + "a" * 3000])
def test_an_address_that_is_none_stays_in_its_field(ada: Reader, address: str) -> None:
    seen = ada.fill(ada.get("/"), "/first", address=address)
    assert seen.status == 422
    assert seen.one("#f-address")["value"] == address
    assert len(seen.errors) == 1
    assert ada.api.read("contacts")["items"] == []


def test_a_second_first_monitor_uses_the_same_group(ada: Reader, session: Session) -> None:
    for address in ("shop.example.com", "mail.example.com"):
        ada.post("/first", address=address)
    assert len(session.scalars(select(ContactGroup)).all()) == 1


def test_open_incidents_come_first_those_longest_without_help_on_top(
    ada: Reader, session: Session
) -> None:
    attended = outages.begin(session, ada, "Attended")
    ada.post(f"/incidents/{attended.public_id}/acknowledge")
    outages.begin(session, ada, "Later").started_at += timedelta(minutes=5)
    outages.begin(session, ada, "Earlier")
    session.commit()
    seen = ada.get("/")
    names = [each.get_text() for each in seen.select("#urgent [data-open]")]
    assert names == ["Earlier", "Later", "Attended"]
    assert len(seen.select("#urgent button")) == 2


def test_an_incident_is_acknowledged_on_its_row(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada)
    seen = ada.fill(ada.get("/"), f"/incidents/{incident.public_id}/acknowledge")
    assert seen.path == "/?notice=acknowledged"
    assert "ada@example.test" in seen.one("#urgent").get_text()


def test_nothing_wrong_is_said_with_the_time_of_the_last_check(
    ada: Reader, session: Session
) -> None:
    for name in ("Shop", "Mail"):
        ada.api.make_monitor(name=name)
    states = session.scalars(select(MonitorState)).all()
    for state in states:
        state.state, state.last_slot = State.UP, int(database_now(session).timestamp()) - 60
    session.commit()
    seen = ada.get("/")
    assert "Nothing is wrong" in seen.text
    assert "The last check came in 1 min" in seen.text


def test_nothing_is_called_well_while_a_state_is_unknown(ada: Reader, session: Session) -> None:
    for name in ("Shop", "Mail"):
        ada.api.make_monitor(name=name)
    for state in session.scalars(select(MonitorState)):
        state.state = State.UNKNOWN
    session.commit()
    seen = ada.get("/")
    assert "The state of 2 monitors is unknown" in seen.text
    assert "Nothing is wrong" not in seen.text


def test_whoever_is_on_duty_is_named_with_the_next_hand_over(ada: Reader) -> None:
    ids = [ada.api.make("contacts", name=name, channels=[])["id"] for name in ("Bea", "Cal")]
    start = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None, microsecond=0)
    layer = {
        "contact_ids": ids,
        "local_start": start.isoformat(),
        "handoff": {"kind": "daily", "every": 1},
    }
    ada.api.make("on-call-schedules", name="Front", time_zone="UTC", layers=[layer])
    ada.api.make_monitor()
    seen = ada.get("/")
    assert "Front Bea until" in " ".join(seen.one("#duty").get_text(" ").split())
    assert "then Cal" in seen.one("#duty").get_text()
    assert "Bea" in seen.select(".duty")[0].get_text()


def test_what_runs_out_and_what_burns_is_listed(ada: Reader, session: Session) -> None:
    made = ada.api.make_monitor(name="Shop")
    slo = {"name": "Shop", "monitor_id": made["id"], "target_percent": 99.9}
    ada.api.make("slos", **slo)
    monitor = session.scalars(select(Monitor)).one()
    now = database_now(session)
    owner = monitor.organization_id
    session.add(
        Expiry(
            monitor_id=monitor.id,
            subject=Subject.CERTIFICATE,
            organization_id=owner,
            expires_at=now + timedelta(days=5),
            identity="x",
            seen_at=now,
        )
    )
    slo_key = session.scalars(select(Slo.id)).one()
    session.add(BurnRate(slo_id=slo_key, organization_id=owner, since=now, factor=14.4))
    session.commit()
    seen = ada.get("/")
    assert "Certificate in " in " ".join(seen.one("#expiring").get_text(" ").split())
    assert "14.4 times as fast as allowed" in seen.one("#budgets").get_text()


def test_the_changes_of_a_day_are_told(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada, "Mail")
    outages.end(session, incident)
    ada.api.make("maintenance-windows", name="Move", all_monitors=True, duration_seconds=3600)
    words = " ".join(ada.get("/").one("#lately").get_text(" ").split())
    for each in ("Mail went down", "Mail recovered", "Move maintenance began"):
        assert each in words


def test_the_page_takes_as_many_statements_for_many_as_for_few(
    ada: Reader, session: Session, connection: Connection
) -> None:
    outages.begin(session, ada, "Shop")
    outages.begin(session, ada, "Mail")
    few = _statements(ada, connection)
    for number in range(10):
        outages.begin(session, ada, f"Site {number}")
    assert _statements(ada, connection) == few


def _statements(reader: Reader, connection: Connection) -> int:
    seen: list[str] = []

    def note(*told: object) -> None:
        seen.append(str(told[2]))

    event.listen(connection, "before_cursor_execute", note)
    reader.get("/")
    event.remove(connection, "before_cursor_execute", note)
    return len([each for each in seen if each.lstrip().upper().startswith(("SELECT", "WITH"))])


def test_a_viewer_is_offered_no_act_and_a_stranger_sees_nothing(
    ada: Reader, eve: Reader, app: Flask, session: Session
) -> None:
    join(ada.api, app, "vic", "viewer")
    vic = Reader(app).log_in("vic@example.test")
    assert "Your role cannot add monitors. Ask an owner of the organization." in vic.get("/").text
    assert vic.post("/first", address="shop.example.com").status == 403
    outages.begin(session, ada)
    assert not vic.get("/").select("#urgent button")
    assert "Shop" not in eve.get("/").one("main").get_text()


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(ada: Reader, session: Session) -> None:
    incident = outages.begin(session, ada, SCRIPT)
    incident.detail = SCRIPT
    session.commit()
    seen = ada.get("/")
    assert not seen.select("main script, main img")
    assert seen.text.count(SCRIPT) >= 3


def test_a_reader_without_a_login_is_sent_to_it(nobody: Reader) -> None:
    assert nobody.get("/").path == "/login?next=/"
