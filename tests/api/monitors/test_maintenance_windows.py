"""Maintenance windows over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.client import ApiClient, body_of

SUNDAYS = {
    "name": "Sunday night",
    "time_zone": "Europe/Berlin",
    "local_start": "2026-01-04T02:30:00",
    "duration_seconds": 3600,
    "recurrence": "FREQ=WEEKLY;BYDAY=SU",
    "all_monitors": True,
}


def soon(days: float) -> str:
    moment = datetime.now(UTC) + timedelta(days=days)
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


@pytest.fixture
def monitor(client: ApiClient) -> dict[str, Any]:
    return client.make_monitor(tags=["eu"])


def test_what_was_planned_is_what_is_shown(client: ApiClient) -> None:
    made = client.make("maintenance-windows", **SUNDAYS)
    assert {name: made[name] for name in SUNDAYS} == SUNDAYS
    assert (made["local_end"], made["monitor_ids"], made["tags"]) == (None, [], [])
    assert len(made["next_occurrences"]) == 10
    assert client.read(f"maintenance-windows/{made['id']}") == made
    [item] = client.read("maintenance-windows")["items"]
    assert item == {name: made[name] for name in made if name != "next_occurrences"}


def test_a_window_needs_only_a_name_a_duration_and_monitors(
    client: ApiClient, monitor: dict[str, Any]
) -> None:
    made = client.make(
        "maintenance-windows", name="Now", duration_seconds=600, monitor_ids=[monitor["id"]]
    )
    [occurrence] = made["next_occurrences"]
    assert (made["time_zone"], made["recurrence"]) == ("UTC", None)
    assert made["active_until"] == occurrence["to"]
    assert made["monitor_ids"] == [monitor["id"]]


def test_a_monitor_says_that_it_is_in_maintenance_and_what_its_checks_say(
    client: ApiClient, monitor: dict[str, Any]
) -> None:
    path = f"monitors/{monitor['id']}"
    assert (monitor["state"]["state"], monitor["state"]["maintenance_until"]) == ("pending", None)
    made = client.make("maintenance-windows", name="Now", duration_seconds=600, tags=["eu"])
    for state in (client.read(path)["state"], client.read("monitors")["items"][0]["state"]):
        assert (state["state"], state["checks_state"]) == ("maintenance", "pending")
        assert state["maintenance_until"] == made["active_until"]
    assert len(client.read("monitors", state="maintenance")["items"]) == 1
    assert client.read("monitors", state="pending")["items"] == []
    born_into_it = client.make_monitor(tags=["eu"])
    assert born_into_it["state"]["state"] == "maintenance"
    ended = body_of(client.post(f"maintenance-windows/{made['id']}/end"))
    assert (ended["active_until"], ended["next_occurrences"]) == (None, [])
    assert client.read(path)["state"]["state"] == "pending"


def test_windows_that_run_now_can_be_asked_for(client: ApiClient) -> None:
    for name, start in (("later", soon(1)), ("now", soon(-0.01))):
        client.make(
            "maintenance-windows",
            name=name,
            local_start=start,
            duration_seconds=7200,
            all_monitors=True,
        )
    for active, names in ((None, ["later", "now"]), ("true", ["now"]), ("false", ["later"])):
        query = {} if active is None else {"active": active}
        found = client.read("maintenance-windows", **query)["items"]
        assert [item["name"] for item in found] == names


def test_a_change_lays_what_is_given_over_what_there_is(client: ApiClient) -> None:
    made = client.make("maintenance-windows", **SUNDAYS)
    response = client.patch(
        f"maintenance-windows/{made['id']}", {"recurrence": None, "local_start": soon(2)}
    )
    changed = body_of(response)
    assert response.status_code == 200, response.text
    assert (changed["recurrence"], changed["duration_seconds"]) == (None, 3600)
    assert len(changed["next_occurrences"]) == 1
    assert changed["local_end"] is not None


def test_what_does_not_run_cannot_be_ended(client: ApiClient) -> None:
    made = client.make(
        "maintenance-windows",
        name="Later",
        local_start=soon(1),
        duration_seconds=60,
        all_monitors=True,
    )
    assert client.post(f"maintenance-windows/{made['id']}/end").status_code == 409


def test_a_deleted_window_is_gone(client: ApiClient) -> None:
    made = client.make("maintenance-windows", **SUNDAYS)
    path = f"maintenance-windows/{made['id']}"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert client.read("maintenance-windows")["items"] == []


def test_a_preview_shows_the_days_on_which_clocks_change_and_stores_nothing(
    client: ApiClient,
) -> None:
    asked = {
        "time_zone": "Europe/Berlin",
        "local_start": "2027-03-27T02:30:00",
        "duration_seconds": 3600,
        "recurrence": "FREQ=DAILY",
    }
    response = client.post("maintenance-windows/preview", asked)
    assert response.status_code == 200, response.text
    found = body_of(response)["next_occurrences"]
    assert [each["from"] for each in found[:3]] == [
        "2027-03-27T01:30:00.000Z",
        "2027-03-28T01:30:00.000Z",
        "2027-03-29T00:30:00.000Z",
    ]
    assert client.read("maintenance-windows")["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": 1}, "time_zone"),
        ({"local_start": "2026-01-04T02:30:00Z"}, "local_start"),
        ({"local_start": "2026-01-04T02:30:00+01:00"}, "local_start"),
        ({"local_start": "2026-02-30T02:30:00"}, "local_start"),
        ({"local_start": "1999-01-01T00:00:00"}, "local_start"),
        ({"local_start": 5}, "local_start"),
        ({"local_start": None}, "local_start"),
        ({"local_end": "2026-01-04T03:30:00"}, "local_end"),
        ({"duration_seconds": 59}, "duration_seconds"),
        ({"duration_seconds": 10**12}, "duration_seconds"),
        ({"duration_seconds": "3600"}, "duration_seconds"),
        ({"duration_seconds": 7 * 86_400}, "duration_seconds"),
        ({"recurrence": "FREQ=SECONDLY"}, "recurrence"),
        ({"recurrence": "FREQ=DAILY;COUNT=1000000"}, "recurrence"),
        ({"recurrence": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "recurrence"),
        ({"recurrence": "FREQ=DAILY;BYHOUR=" + "1," * 10_000}, "recurrence"),
        ({"recurrence": ""}, "recurrence"),
        ({"all_monitors": "yes"}, "all_monitors"),
        ({"all_monitors": False}, "monitor_ids"),
        ({"monitor_ids": ["0b9b1c9e-7a4f-4c0e-9d55-3f2f3c1f6a10"]}, "monitor_ids"),
        ({"monitor_ids": ["x"]}, "monitor_ids"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["t"] * 21}, "tags"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_values_are_named_when_a_window_is_made_and_when_it_is_changed(
    client: ApiClient, change: dict[str, object], field: str
) -> None:
    made = client.make("maintenance-windows", **SUNDAYS)
    for response in (
        client.post("maintenance-windows", {**SUNDAYS, **change}),
        client.patch(f"maintenance-windows/{made['id']}", change),
    ):
        assert response.status_code == 422, response.text
        assert [path.split(".")[0] for path in body_of(response)["errors"]] == [field]
    assert client.read("maintenance-windows")["items"][0]["updated_at"] == made["updated_at"]
