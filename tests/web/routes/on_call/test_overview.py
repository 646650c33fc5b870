"""One's own shifts, and who would be notified."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import Channel, Delivery
from tests.web.reader import Reader
from tests.web.routes.on_call.people import contact, policy, schedule


def test_one_sees_ones_own_shifts_by_ones_address(ada: Reader) -> None:
    assert "No contact has your address" in ada.get("/on-call/me").text
    mine = contact(ada, "Ada", email="ada@example.test")
    assert "You are not on call" in ada.get("/on-call/me").text
    made = schedule(ada, contact(ada, "Bob"), mine)
    seen = ada.get("/on-call/me")
    assert seen.link("Night") == f"/on-call/schedules/{made}"


def test_shifts_come_as_a_calendar_file(ada: Reader) -> None:
    mine = contact(ada, "Ada", email="ada@example.test")
    schedule(ada, mine, name="Night, or; so " + "ä" * 60)
    answer = ada.get("/on-call/me.ics").response
    assert answer.mimetype == "text/calendar"
    lines = answer.text.split("\r\n")
    assert (lines[0], lines[-2]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    assert max(len(line.encode()) for line in lines) <= 75
    assert "SUMMARY:Night\\, or\\; so " in answer.text


def test_the_forecast_names_each_step_and_sends_nothing(ada: Reader, session: Session) -> None:
    ann, bob, cem = (contact(ada, name) for name in ("Ann", "Bob", "Cem"))
    group = ada.api.make("contact-groups", name="Team", contact_ids=[cem])
    steps = policy(ada, ("on_call_schedule", schedule(ada, ann)), ("contact", bob))
    monitor = ada.api.make_monitor(escalation_policy_id=steps, contact_group_ids=[group["id"]])
    found = ada.get("/on-call/forecast", q="sho", at="2026-12-24T03:00")
    seen = ada.get(found.link("Shop"))
    course = [" ".join(each.get_text(" ").split()) for each in seen.select(".course > li")]
    assert [each.partition(" Slack")[0] for each in course] == [
        "24 Dec 2026, 03:00 at once Groups of the monitor Cem",
        "24 Dec 2026, 03:00 at once Step 1 Ann",
        "24 Dec 2026, 03:10 after 10 min Step 2 Bob",
    ]
    assert str(monitor["id"]) in seen.path
    assert session.query(Delivery).count() == 0


def test_the_forecast_of_a_policy_says_whom_a_step_misses(ada: Reader, session: Session) -> None:
    made = policy(ada, ("contact", contact(ada)))
    session.execute(update(Channel).values(confirmed_at=None))
    seen = ada.get("/on-call/forecast", policy=made)
    assert "Nobody can be reached." in seen.text


def test_the_forecast_of_a_stranger_is_not_there(ada: Reader, eve: Reader) -> None:
    monitor = ada.api.make_monitor()
    made = policy(ada, ("contact", contact(ada)))
    assert eve.get("/on-call/forecast", monitor=monitor["id"]).status == 404
    assert eve.get("/on-call/forecast", policy=made).status == 404
    assert eve.get("/on-call/forecast", policy="x").status == 404
