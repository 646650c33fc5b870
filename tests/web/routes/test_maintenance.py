"""The pages of maintenance: the calendar, the form with its preview, and what a window covers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.api.machines.callers import join
from tests.web import outages
from tests.web.reader import Reader, Seen

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
NEW = "/maintenance/new"
WEEKLY: dict[str, Any] = {
    "name": "Reboot",
    "local_start": "2029-03-04T02:30",
    "duration_seconds": "2",
    "duration_seconds_unit": "3600",
    "time_zone": "Europe/Berlin",
    "repeats": "weekly",
    "recurrence": "",
    "all_monitors": "1",
    "tags": "",
}


def create(reader: Reader, **changed: Any) -> Seen:  # noqa: ANN401
    return reader.post(NEW, **{**WEEKLY, **changed})


def windows(reader: Reader) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reader.api.read("maintenance-windows")["items"]
    return found


def test_a_window_is_created_as_it_was_typed(ada: Reader) -> None:
    seen = create(ada)
    assert seen.title == "Reboot"
    assert "The maintenance window was created." in seen.text
    (window,) = windows(ada)
    assert (window["recurrence"], window["duration_seconds"]) == ("FREQ=WEEKLY", 7200)
    assert (window["local_start"], window["time_zone"]) == ("2029-03-04T02:30:00", "Europe/Berlin")
    assert window["all_monitors"]


def test_a_preview_shows_five_occurrences_in_both_zones_and_stores_nothing(ada: Reader) -> None:
    ada.post("/preferences", zone="America/New_York")
    seen = create(ada, do="preview")
    assert seen.status == 200
    rows = [" ".join(each.get_text(" ").split()) for each in seen.select("#preview tbody tr")]
    assert len(rows) == 5
    assert rows[0] == "4 Mar 2029, 02:30 \N{EN DASH} 04:30 3 Mar 2029, 20:30 \N{EN DASH} 22:30"
    assert seen.one("#f-name")["value"] == "Reboot"
    assert seen.one("#f-duration_seconds")["value"] == "2"
    assert windows(ada) == []


def test_a_preview_follows_summer_time(ada: Reader) -> None:
    seen = create(ada, do="preview", local_start="2029-03-18T02:30")
    starts = [each.get_text() for each in seen.select("#preview tbody td.main")]
    assert starts[:2] == [
        "18 Mar 2029, 02:30 \N{EN DASH} 04:30",
        "25 Mar 2029, 03:30 \N{EN DASH} 05:30",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a" * 201),
        ("local_start", "yesterday"),
        ("local_start", "1999-01-01T00:00"),
        ("duration_seconds", "0"),
        ("duration_seconds", "1e300"),
        ("duration_seconds", "nan"),
        ("time_zone", "Mars/Olympus"),
        ("repeats", "sometimes"),
        ("tags", ",".join("abcdefghijklmnopqrstuvw")),
        ("monitor_ids", "x"),
    ],
)
@pytest.mark.parametrize("do", ["", "preview"])
def test_what_cannot_be_read_is_told_at_its_field(
    ada: Reader, field: str, value: str, do: str
) -> None:
    seen = create(ada, do=do, **{field: value})
    assert seen.status == 422
    assert seen.errors
    assert windows(ada) == []


@pytest.mark.parametrize("rule", ["", "FREQ=SECONDLY", "FREQ=DAILY;UNTIL=20200101", "x" * 600])
def test_a_rule_that_means_nothing_is_refused_at_its_field(ada: Reader, rule: str) -> None:
    seen = create(ada, repeats="own", recurrence=rule)
    assert (seen.status, len(seen.errors)) == (422, 1)
    assert seen.one("#f-recurrence").has_attr("aria-invalid")


def test_a_window_names_something(ada: Reader) -> None:
    assert create(ada, all_monitors=[]).status == 422


def test_monitors_are_found_and_stay_chosen(ada: Reader) -> None:
    shop = ada.api.make_monitor(name="Shop")["id"]
    mail = ada.api.make_monitor(name="Mail")["id"]
    found = create(ada, do="find", q="mai", all_monitors=[], monitor_ids=[shop])
    boxes = found.select("input[name=monitor_ids]")
    assert [(each["value"], each.has_attr("checked")) for each in boxes] == [
        (shop, True),
        (mail, False),
    ]
    create(ada, all_monitors=[], monitor_ids=[shop, mail])
    assert set(windows(ada)[0]["monitor_ids"]) == {shop, mail}


def test_a_stored_window_is_edited_with_its_values(ada: Reader) -> None:
    create(ada, repeats="own", recurrence="FREQ=MONTHLY;BYDAY=-1SU")
    path = f"/maintenance/{windows(ada)[0]['id']}/edit"
    page = ada.get(path)
    assert page.form(path)["recurrence"] == ["FREQ=MONTHLY;BYDAY=-1SU"]
    seen = ada.fill(page, path, name="Last Sunday")
    assert seen.title == "Last Sunday"
    (window,) = windows(ada)
    assert (window["recurrence"], window["duration_seconds"]) == ("FREQ=MONTHLY;BYDAY=-1SU", 7200)


def test_what_a_window_covers_and_is_down_already_is_warned_of(
    ada: Reader, session: Session
) -> None:
    outages.begin(session, ada, tags=["eu"])
    warning = "A monitor of this window is already down."
    assert warning in create(ada, do="preview").text
    assert warning in create(ada, do="preview", all_monitors=[], tags="eu, us").text
    assert warning not in create(ada, do="preview", all_monitors=[], tags="us").text
    assert warning in create(ada).text


def test_a_window_that_runs_is_ended(ada: Reader) -> None:
    create(ada, local_start="", repeats="")
    path = f"/maintenance/{windows(ada)[0]['id']}"
    seen = ada.fill(ada.get(path), f"{path}/end")
    assert "The maintenance ended." in seen.text
    again = ada.post(f"{path}/end")
    assert (again.status, again.errors) == (409, ["This maintenance window is not active."])


def test_a_window_is_deleted_after_its_consequences_were_named(ada: Reader) -> None:
    create(ada)
    path = f"/maintenance/{windows(ada)[0]['id']}/delete"
    asked = ada.get(path)
    assert "Past occurrences still count as maintenance." in asked.text
    assert "The maintenance window was deleted." in ada.fill(asked, path).text
    assert windows(ada) == []


def days(seen: Seen) -> list[str]:
    """Return the days that have something, as the machine reads them."""
    filled = [each for each in seen.select(".month td") if each.select("li")]
    return [str(each.find("time")["datetime"]) for each in filled]  # type: ignore[index]


def test_the_calendar_shows_a_month_in_the_readers_zone(ada: Reader) -> None:
    create(ada, local_start="2029-03-04T23:30", duration_seconds="1")
    assert days(ada.get("/maintenance", month="2029-03")) == [
        "2029-03-04",
        "2029-03-11",
        "2029-03-18",
        "2029-03-25",
        "2029-04-01",
    ]
    ada.post("/preferences", zone="Europe/Berlin")
    assert days(ada.get("/maintenance", month="2029-03"))[:2] == ["2029-03-04", "2029-03-05"]


def test_the_calendar_keeps_what_was_deleted_and_cuts_full_days(ada: Reader) -> None:
    for number in range(6):
        create(ada, name=f"Window {number}", local_start="", repeats="")
    today = datetime.now(UTC).date()
    seen = ada.get("/maintenance")
    assert str(today) in days(seen)
    assert "2 more" in seen.one(".month").get_text()
    for each in windows(ada):
        ada.post(f"/maintenance/{each['id']}/delete")
    assert str(today) in days(ada.get("/maintenance"))


def test_the_calendar_is_bounded_whatever_is_planned(ada: Reader) -> None:
    for number in range(3):
        create(
            ada,
            name=f"W{number}",
            repeats="own",
            recurrence="FREQ=HOURLY",
            duration_seconds="1",
            duration_seconds_unit="60",
            local_start="2027-01-01T00:00",
        )
    assert ada.get("/maintenance", month="2029-03").status == 200
    assert ada.get("/maintenance", month="9999-99").status == 200


def test_the_list_says_what_maintenance_is_before_there_is_any(ada: Reader) -> None:
    assert "No maintenance is planned" in ada.get("/maintenance").text


def test_the_list_says_what_runs_what_is_planned_and_what_is_over(
    ada: Reader, session: Session
) -> None:
    create(ada, name="A", local_start="", repeats="")
    create(ada, name="B")
    soon = datetime.now(UTC) + timedelta(hours=3)
    create(ada, name="C", local_start=f"{soon:%Y-%m-%dT%H:%M}", time_zone="UTC", repeats="")
    create(ada, name="D", local_start="", repeats="")
    ended = next(each["id"] for each in windows(ada) if each["name"] == "D")
    ada.post(f"/maintenance/{ended}/end")
    session.commit()
    rows = ada.get("/maintenance").select("#window-list tr")
    states = [each.select("td")[0].get_text().strip() for each in rows]
    assert states == ["Running", "Planned", "Planned", "Over"]


def test_a_viewer_may_look_and_a_stranger_finds_nothing(
    ada: Reader, eve: Reader, app: Flask
) -> None:
    create(ada)
    path = f"/maintenance/{windows(ada)[0]['id']}"
    join(ada.api, app, "vic", "viewer")
    vic = Reader(app).log_in("vic@example.test")
    assert not vic.get("/maintenance").select("main a.primary")
    assert not vic.get(path).select("main form")
    assert vic.get(NEW).status == vic.post(NEW, **WEEKLY).status == 403
    for each in ("", "/edit", "/delete"):
        assert eve.get(path + each).status == 404
    for each in ("/end", "/delete", "/edit"):
        assert vic.post(path + each, **WEEKLY).status == 403
        assert eve.post(path + each, **WEEKLY).status == 404


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(ada: Reader) -> None:
    create(ada, name=SCRIPT, local_start="", repeats="", tags=SCRIPT[:50])
    for path in ("/maintenance", f"/maintenance/{windows(ada)[0]['id']}"):
        seen = ada.get(path)
        assert not seen.select("main script, main img")
        assert SCRIPT in seen.text
