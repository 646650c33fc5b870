"""Shifts, who is on duty, and overrides over the API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import ApiClient, body_of

EMAIL = {"kind": "email", "address": "ada@example.test"}
DAY = {"weekdays": ["monday", "tuesday"], "from": "08:00", "until": "18:00"}
# Days that have not been yet: an override that is over cannot be made.
MONDAY, TUESDAY = "2030-11-04", "2030-11-05"


@pytest.fixture
def people(client: ApiClient) -> dict[str, str]:
    """Ada and Bob, by name."""
    return {
        name: client.make("contacts", name=name, channels=[EMAIL])["id"] for name in ("Ada", "Bob")
    }


@pytest.fixture
def path(client: ApiClient, people: dict[str, str]) -> str:
    """Ada and Bob take turns by the day, on Mondays and Tuesdays from 8 to 18 in Berlin."""
    layer = {
        "contact_ids": list(people.values()),
        "local_start": f"{MONDAY}T00:00:00",
        "handoff": {"kind": "daily"},
        "hours": [DAY],
    }
    given = {"name": "Primary", "time_zone": "Europe/Berlin", "layers": [layer]}
    return f"on-call-schedules/{client.make('on-call-schedules', **given)['id']}"


def named(shifts: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Give the hours in UTC and the names."""
    return [
        (each["from"][8:16], each["to"][8:16], each["contact_name"]) for each in shifts["items"]
    ]


def span(start: str, end: str) -> dict[str, str]:
    return {"from": start, "to": end}


TWO_DAYS = span(f"{MONDAY}T00:00:00Z", f"{TUESDAY}T23:00:00Z")


def override(people: dict[str, str], name: str, start: str, end: str) -> dict[str, str]:
    return {"contact_id": people[name], **span(f"{MONDAY}T{start}:00Z", f"{MONDAY}T{end}:00Z")}


def test_shifts_cover_the_time_and_say_where_nobody_is(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    shifts = client.read(f"{path}/shifts", **TWO_DAYS)
    assert named(shifts) == [
        ("04T00:00", "04T07:00", None),
        ("04T07:00", "04T17:00", "Ada"),
        ("04T17:00", "05T07:00", None),
        ("05T07:00", "05T17:00", "Bob"),
        ("05T17:00", "05T23:00", None),
    ]
    assert [each["contact_id"] for each in shifts["items"]] == [
        None,
        people["Ada"],
        None,
        people["Bob"],
        None,
    ]


def test_without_a_time_shifts_are_of_thirty_days_from_now(client: ApiClient, path: str) -> None:
    (shift,) = client.read(f"{path}/shifts")["items"]
    assert (shift["contact_id"], shift["contact_name"]) == (None, None)


@pytest.mark.parametrize(
    "asked",
    [
        span(f"{TUESDAY}T00:00:00Z", f"{MONDAY}T00:00:00Z"),
        span(f"{MONDAY}T00:00:00Z", f"{MONDAY}T00:00:00Z"),
        span("2030-01-01T00:00:00Z", "2030-04-01T00:00:01Z"),
        {"from": "yesterday"},
    ],
)
def test_a_time_that_cannot_be_taken_is_named(
    client: ApiClient, path: str, asked: dict[str, str]
) -> None:
    response = client.get(f"{path}/shifts", **asked)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["from"]


def test_ninety_days_are_taken(client: ApiClient, path: str) -> None:
    asked = span("2030-10-01T00:00:00Z", "2030-12-30T00:00:00Z")
    assert len(client.read(f"{path}/shifts", **asked)["items"]) == 33


def test_who_is_on_duty_and_until_when(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    assert client.read(f"{path}/on-duty", at=f"{TUESDAY}T12:00:00Z") == {
        "at": f"{TUESDAY}T12:00:00.000Z",
        "contact_id": people["Bob"],
        "contact_name": "Bob",
        "until": f"{TUESDAY}T17:00:00.000Z",
    }
    nobody = client.read(f"{path}/on-duty", at=f"{TUESDAY}T18:00:00Z")
    assert (nobody["contact_id"], nobody["until"]) == (None, "2030-11-11T07:00:00.000Z")
    assert client.read(f"{path}/on-duty")["until"] is None


def test_an_override_is_on_duty_instead(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    made = client.make(f"{path}/overrides", **override(people, "Bob", "16:00", "20:00"))
    assert made["contact_id"] == people["Bob"]
    assert (made["from"], made["to"]) == (f"{MONDAY}T16:00:00.000Z", f"{MONDAY}T20:00:00.000Z")
    assert named(client.read(f"{path}/shifts", **TWO_DAYS))[1:4] == [
        ("04T07:00", "04T16:00", "Ada"),
        ("04T16:00", "04T20:00", "Bob"),
        ("04T20:00", "05T07:00", None),
    ]
    assert client.delete(f"{path}/overrides/{made['id']}").status_code == 204
    assert named(client.read(f"{path}/shifts", **TWO_DAYS))[1] == ("04T07:00", "04T17:00", "Ada")
    assert client.delete(f"{path}/overrides/{made['id']}").status_code == 404


def test_an_override_without_a_start_is_from_now_on(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    body = {"contact_id": people["Bob"], "to": "2037-01-01T00:00:00Z"}
    assert client.post(f"{path}/overrides", body).status_code == 422  # Longer than a year.
    at = client.read(f"{path}/on-duty")["at"]
    body["to"] = f"{int(at[:4]) + 1}{at[4:]}".replace("-02-29", "-02-28")
    client.make(f"{path}/overrides", **body)
    assert client.read(f"{path}/on-duty")["contact_name"] == "Bob"


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("10:00:00", "14:00:00", 409),
        ("11:00:00", "12:00:00", 409),
        ("08:00:00", "10:00:01", 409),
        ("13:59:59", "15:00:00", 409),
        ("08:00:00", "16:00:00", 409),
        ("08:00:00", "10:00:00", 201),
        ("14:00:00", "15:00:00", 201),
    ],
)
def test_overrides_may_follow_each_other_but_not_overlap(
    client: ApiClient, people: dict[str, str], path: str, start: str, end: str, status: int
) -> None:
    client.make(f"{path}/overrides", **override(people, "Bob", "10:00", "14:00"))
    times = span(f"{MONDAY}T{start}Z", f"{MONDAY}T{end}Z")
    response = client.post(f"{path}/overrides", {"contact_id": people["Ada"], **times})
    assert response.status_code == status, response.text
    if status == 409:
        assert "that begins at 2030-11-04 10:00 UTC" in body_of(response)["errors"]["from"][0]


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"to": f"{MONDAY}T10:00:00Z"}, "to"),
        ({"to": f"{MONDAY}T09:00:00Z"}, "to"),
        ({"to": "2031-11-06T10:00:01Z"}, "to"),
        (span("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"), "to"),
        ({"to": None}, "to"),
        ({"contact_id": str(uuid4())}, "contact_id"),
        ({"contact_id": None}, "contact_id"),
        ({"layer": 1}, "layer"),
    ],
)
def test_a_bad_override_is_named_and_not_stored(
    client: ApiClient, people: dict[str, str], path: str, bad: dict[str, object], field: str
) -> None:
    body = {**override(people, "Bob", "10:00", "14:00"), **bad}
    response = client.post(f"{path}/overrides", body)
    assert response.status_code == 422, response.text
    assert list(body_of(response)["errors"]) == [field]
    assert client.read(f"{path}/overrides")["items"] == []


def test_a_contact_of_others_is_on_duty_for_nobody(
    client: ApiClient, stranger: ApiClient, people: dict[str, str], path: str
) -> None:
    theirs = stranger.make("contacts", name="Eve", channels=[EMAIL])["id"]
    body = {**override(people, "Bob", "10:00", "14:00"), "contact_id": theirs}
    response = client.post(f"{path}/overrides", body)
    assert body_of(response)["errors"] == {"contact_id": [f"There is no contact {theirs}."]}


def test_overrides_are_listed_from_the_earliest_in_pages_and_by_time(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    for start, end in (("14:00", "15:00"), ("08:00", "09:00"), ("10:00", "12:00")):
        client.make(f"{path}/overrides", **override(people, "Bob", start, end))
    first = client.read(f"{path}/overrides", limit=2)
    second = client.read(f"{path}/overrides", limit=2, cursor=first["next_cursor"])
    starts = [each["from"][11:16] for each in first["items"] + second["items"]]
    assert (starts, second["next_cursor"]) == (["08:00", "10:00", "14:00"], None)
    touching = span(f"{MONDAY}T09:00:00Z", f"{MONDAY}T14:00:00Z")
    listed = client.read(f"{path}/overrides", **touching)["items"]
    assert [each["from"][11:16] for each in listed] == ["10:00"]


def test_a_contact_with_an_override_ahead_cannot_be_deleted(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    eve = client.make("contacts", name="Eve", channels=[EMAIL])["id"]
    body = {**override(people, "Bob", "10:00", "14:00"), "contact_id": eve}
    made = client.make(f"{path}/overrides", **body)
    assert client.delete(f"contacts/{eve}").status_code == 409
    client.delete(f"{path}/overrides/{made['id']}")
    assert client.delete(f"contacts/{eve}").status_code == 204


def test_an_override_of_another_schedule_is_not_found(
    client: ApiClient, people: dict[str, str], path: str
) -> None:
    made = client.make(f"{path}/overrides", **override(people, "Bob", "10:00", "14:00"))
    other = client.read(path)
    copy = client.make("on-call-schedules", name="Second", layers=other["layers"])
    response = client.delete(f"on-call-schedules/{copy['id']}/overrides/{made['id']}")
    assert response.status_code == 404
