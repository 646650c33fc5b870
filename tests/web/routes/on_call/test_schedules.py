"""The editor of on-call schedules, their weeks and their overrides."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import OnCallOverride
from tests.web.reader import Reader
from tests.web.routes.on_call.people import contact, policy, schedule

NEW = "/on-call/schedules/new"


def local(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_an_empty_page_says_what_a_schedule_is(ada: Reader) -> None:
    seen = ada.get("/on-call")
    assert "No schedule yet" in seen.text
    assert seen.link("New schedule") == NEW


def test_a_schedule_is_made_with_layers_people_and_hours(ada: Reader) -> None:
    ann, bob = contact(ada, "Ann"), contact(ada, "Bob")
    page = ada.get(NEW)
    add: dict[str, Any] = {"layers.0.contact_ids.add": ann, "edit": "add:layers.0.contact_ids"}
    page = ada.fill(page, NEW, name="Night", time_zone="Europe/Berlin", **add)
    add = {"layers.0.contact_ids.add": bob, "edit": "up:layers.0.contact_ids.1"}
    page = ada.fill(page, NEW, **add)
    people = [each["value"] for each in page.select("input[name='layers.0.contact_ids']")]
    assert people == [bob, ann]
    page = ada.fill(page, NEW, edit="add:layers.0.hours")
    seen = ada.fill(page, NEW, **{"layers.0.handoff.weekday": "0"})
    assert seen.title == "Night"
    assert "Bob → Ann" in seen.text
    (shown,) = ada.api.read("on-call-schedules")["items"]
    (layer,) = shown["layers"]
    assert shown["time_zone"] == "Europe/Berlin"
    assert layer["handoff"] == {"kind": "weekly", "every": 1, "weekday": "monday", "at": "09:00"}
    assert layer["hours"][0]["from"] == "09:00"


def test_a_refused_schedule_says_where_and_keeps_what_was_typed(ada: Reader) -> None:
    typed: dict[str, Any] = {
        "name": "Night",
        "layers.0.handoff.every": "99",
        "layers.0.local_start": "soon",
    }
    seen = ada.fill(ada.get(NEW), NEW, **typed)
    assert seen.status == 422
    assert seen.one("#f-layers\\.0\\.handoff\\.every")["value"] == "99"
    assert "Layer 1, people: Choose from 1 to 50 people." in seen.errors
    assert "Layer 1, beginning: Enter a day and a time." in seen.errors


def test_the_service_has_the_last_word_about_a_turn(ada: Reader) -> None:
    ann = contact(ada)
    typed: dict[str, Any] = {"layers.0.contact_ids.add": ann, "layers.0.handoff.every": "99"}
    seen = ada.fill(ada.get(NEW), NEW, name="Night", **typed)
    assert seen.errors == ["Layer 1, length of a turn: Must be from 1 to 52 for weekly handoffs."]


def test_the_week_shows_who_is_on_duty_and_where_nobody_is(ada: Reader) -> None:
    hours = [{"weekdays": ["monday", "tuesday"], "from": "09:00", "until": "17:00"}]
    made = schedule(ada, contact(ada, "Ann"), hours=hours)
    seen = ada.get(f"/on-call/schedules/{made}", week="2026-12-07")
    assert len(seen.select(".week thead th")) == 8
    assert [each.get_text() for each in seen.select(".week tbody th")] == ["Nobody", "Ann"]
    assert "Nobody is on duty: Mon 00:00 to Mon 09:00; Mon 17:00 to Tue 09:00" in seen.text
    assert len(seen.select(".w-shift")) == 2


def test_a_day_on_which_clocks_change_says_how_long_it_is(ada: Reader) -> None:
    made = schedule(ada, contact(ada), local_start="2026-01-05T00:00:00")
    ada.post("/preferences", zone="Europe/Berlin")
    seen = ada.get(f"/on-call/schedules/{made}", week="2026-10-21")
    assert "Clocks change on Sun 25 Oct, so it has 25 hours." in seen.text
    cells = [int(str(each["colspan"])) for each in seen.select(".week tbody tr:first-of-type td")]
    assert sum(cells) == 4 * (7 * 24 + 1)


def test_an_override_is_made_shown_and_ended(ada: Reader) -> None:
    ann, bob = contact(ada, "Ann"), contact(ada, "Bob")
    made = schedule(ada, ann)
    path, action = f"/on-call/schedules/{made}", f"/on-call/schedules/{made}/overrides"
    later = datetime.now(UTC) + timedelta(hours=3)
    seen = ada.fill(ada.get(path), action, contact_id=bob, to=local(later))
    assert "Bob" in seen.one("p.on-duty").text
    assert seen.select(".w-override")
    assert "in force" in seen.text
    (override,) = ada.api.read(f"on-call-schedules/{made}/overrides")["items"]
    seen = ada.post(f"{action}/{override['id']}/end")
    assert "Ann" in seen.one("p.on-duty").text
    assert ada.post(f"{action}/{override['id']}/end").status == 409


def test_a_planned_override_is_deleted(ada: Reader) -> None:
    ann = contact(ada)
    made = schedule(ada, ann)
    action = f"/on-call/schedules/{made}/overrides"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    times: dict[str, Any] = {"from": local(tomorrow), "to": local(tomorrow + timedelta(days=1))}
    ada.post(action, contact_id=ann, **times)
    (override,) = ada.api.read(f"on-call-schedules/{made}/overrides")["items"]
    assert "The override was deleted." in ada.post(f"{action}/{override['id']}/delete").text


def test_an_override_that_ends_before_it_begins_is_refused_where_it_was_typed(ada: Reader) -> None:
    ann = contact(ada)
    made = schedule(ada, ann)
    times: dict[str, Any] = {"from": "2026-12-24T12:00", "to": "2026-12-24T11:00"}
    seen = ada.post(f"/on-call/schedules/{made}/overrides", contact_id=ann, **times)
    assert (seen.status, seen.one("#f-from")["value"]) == (422, "2026-12-24T12:00")
    assert seen.errors == ["Until: Must be after the beginning."]


def test_a_schedule_that_a_policy_names_is_not_deleted(ada: Reader) -> None:
    made = schedule(ada, contact(ada))
    named = policy(ada, ("on_call_schedule", made))
    path = f"/on-call/schedules/{made}/delete"
    assert ada.get(path).link("Urgent") == f"/on-call/policies/{named}"
    assert ada.post(path).status == 409
    ada.api.delete(f"escalation-policies/{named}")
    assert "The schedule was deleted." in ada.post(path).text


def test_a_stranger_finds_nothing(ada: Reader, eve: Reader) -> None:
    own = f"/on-call/schedules/{schedule(ada, contact(ada))}"
    assert {eve.get(path).status for path in (own, f"{own}/edit", f"{own}/delete")} == {404}
    typed: dict[str, Any] = {"contact_id": contact(eve), "to": "2030-01-01T00:00"}
    assert {eve.post(path, **typed).status for path in (f"{own}/delete", f"{own}/overrides")} == {
        404
    }


def test_overrides_that_are_over_are_shown_on_request(ada: Reader, session: Session) -> None:
    ann, bob = contact(ada, "Ann"), contact(ada, "Bob")
    made = schedule(ada, ann)
    later = local(datetime.now(UTC) + timedelta(hours=3))
    ada.post(f"/on-call/schedules/{made}/overrides", contact_id=bob, to=later)
    over = {
        "starts_at": datetime(2026, 1, 1, tzinfo=UTC),
        "ends_at": datetime(2026, 1, 2, tzinfo=UTC),
    }
    session.execute(update(OnCallOverride).values(**over))
    path = f"/on-call/schedules/{made}"
    assert ada.get(path).select("#overrides tbody tr") == []
    seen = ada.get(path, past=1)
    assert "over" in seen.one("#overrides tbody tr .badge").text
    assert seen.select("#overrides button") == []
