"""On-call schedules over the API."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import OnCallLayer, OnCallSchedule, OnCallTurn
from tests.api.client import ApiClient, body_of

EMAIL = {"kind": "email", "address": "ada@example.test"}
WEEKLY = {"kind": "weekly", "every": 1, "weekday": "monday", "at": "09:00"}
NIGHTS = {"weekdays": ["monday", "friday"], "from": "18:00", "until": "08:00"}


@pytest.fixture
def ada(client: ApiClient) -> str:
    return contact(client, "Ada")


@pytest.fixture
def bob(client: ApiClient) -> str:
    return contact(client, "Bob")


def contact(client: ApiClient, name: str) -> str:
    return str(client.make("contacts", name=name, channels=[EMAIL])["id"])


def layer(*contacts: str, **values: object) -> dict[str, Any]:
    return {
        "contact_ids": list(contacts),
        "local_start": "2026-01-05T09:00:00",
        "handoff": WEEKLY,
        "hours": [],
        **values,
    }


def make(client: ApiClient, *layers: dict[str, Any], **values: object) -> dict[str, Any]:
    given = {"name": "Primary", "time_zone": "Europe/Berlin", "layers": list(layers), **values}
    return client.make("on-call-schedules", **given)


def test_a_schedule_has_layers_as_they_were_given(client: ApiClient, ada: str, bob: str) -> None:
    layers = [layer(ada, bob, ada), layer(bob, hours=[NIGHTS], handoff={**WEEKLY, "every": 2})]
    schedule = make(client, *layers)
    assert (schedule["layers"], schedule["time_zone"]) == (layers, "Europe/Berlin")
    assert schedule["escalation_policy_ids"] == []
    assert client.read(f"on-call-schedules/{schedule['id']}") == schedule
    assert [each["layers"] for each in client.read("on-call-schedules")["items"]] == [layers]


def test_little_is_enough(client: ApiClient, ada: str) -> None:
    given = {
        "contact_ids": [ada],
        "local_start": "2026-01-05T09:00:00",
        "handoff": {"kind": "daily"},
    }
    schedule = client.make("on-call-schedules", name="Primary", layers=[given])
    handoff = {"kind": "daily", "every": 1, "weekday": None, "at": None}
    assert schedule["layers"] == [{**given, "handoff": handoff, "hours": []}]
    assert schedule["time_zone"] == "UTC"


def test_given_layers_replace_all_and_the_rest_stays(
    client: ApiClient, ada: str, bob: str, session: Session
) -> None:
    schedule = make(client, layer(ada), layer(bob, ada))
    path = f"on-call-schedules/{schedule['id']}"
    changed = body_of(client.patch(path, {"name": "Second"}))
    assert (changed["name"], changed["layers"]) == ("Second", schedule["layers"])
    changed = body_of(client.patch(path, {"layers": [layer(bob)], "time_zone": "UTC"}))
    assert (changed["layers"], changed["time_zone"]) == ([layer(bob)], "UTC")
    assert len(session.scalars(select(OnCallLayer)).all()) == 1
    assert len(session.scalars(select(OnCallTurn)).all()) == 1


@pytest.mark.parametrize("name", ["contact_ids", "local_start", "handoff"])
def test_a_layer_is_given_whole_also_where_only_it_is_changed(
    client: ApiClient, ada: str, name: str
) -> None:
    path = f"on-call-schedules/{make(client, layer(ada))['id']}"
    part = {key: value for key, value in layer(ada).items() if key != name}
    response = client.patch(path, {"layers": [part]})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [f"layers.0.{name}"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"contact_ids": []}, "layers.0.contact_ids"),
    ({"contact_ids": ["7"]}, "layers.0.contact_ids.0"),
    ({"contact_ids": [str(uuid4())]}, "layers.0.contact_ids.0"),
    ({"contact_ids": [str(uuid4())] * 51}, "layers.0.contact_ids"),
    ({"local_start": None}, "layers.0.local_start"),
    ({"local_start": "2026-01-05T09:00:00Z"}, "layers.0.local_start"),
    ({"local_start": "2026-02-30T09:00:00"}, "layers.0.local_start"),
    ({"handoff": {"kind": "monthly"}}, "layers.0.handoff.kind"),
    ({"handoff": {}}, "layers.0.handoff.kind"),
    ({"handoff": {"kind": "daily", "every": 0}}, "layers.0.handoff.every"),
    ({"handoff": {"kind": "daily", "every": True}}, "layers.0.handoff.every"),
    ({"handoff": {"kind": "weekly", "every": 53}}, "layers.0.handoff.every"),
    ({"handoff": {"kind": "hourly", "every": 337}}, "layers.0.handoff.every"),
    ({"handoff": {"kind": "hourly", "at": "09:00"}}, "layers.0.handoff.at"),
    ({"handoff": {"kind": "daily", "at": "24:00"}}, "layers.0.handoff.at"),
    ({"handoff": {"kind": "daily", "weekday": "monday"}}, "layers.0.handoff.weekday"),
    ({"handoff": {"kind": "weekly", "weekday": "Montag"}}, "layers.0.handoff.weekday"),
    ({"handoff": {"kind": "weekly", "weekday": 0}}, "layers.0.handoff.weekday"),
    ({"hours": [{**NIGHTS, "weekdays": []}]}, "layers.0.hours.0.weekdays"),
    ({"hours": [{**NIGHTS, "weekdays": [["monday"]]}]}, "layers.0.hours.0.weekdays.0"),
    ({"hours": [{**NIGHTS, "until": "8"}]}, "layers.0.hours.0.until"),
    ({"hours": [NIGHTS] * 11}, "layers.0.hours"),
    ({"position": 1}, "layers.0.position"),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
def test_a_bad_value_of_a_layer_is_named_and_nothing_is_stored(
    client: ApiClient, ada: str, session: Session, bad: dict[str, Any], field: str
) -> None:
    body = {"name": "Primary", "layers": [layer(ada, **bad)]}
    response = client.post("on-call-schedules", body)
    assert response.status_code == 422, response.text
    assert list(body_of(response)["errors"]) == [field]
    assert session.scalars(select(OnCallSchedule)).all() == []


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"name": ""}, "name"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"layers": []}, "layers"),
        ({"organization_id": 1}, "organization_id"),
    ],
)
def test_a_bad_value_is_named(client: ApiClient, ada: str, bad: dict[str, Any], field: str) -> None:
    response = client.post("on-call-schedules", {"name": "Primary", "layers": [layer(ada)], **bad})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]


def test_fifty_layers_are_taken_and_one_more_is_not(client: ApiClient, ada: str) -> None:
    assert len(make(client, *[layer(ada)] * 50)["layers"]) == 50
    response = client.post("on-call-schedules", {"name": "X", "layers": [layer(ada)] * 51})
    assert list(body_of(response)["errors"]) == ["layers"]


def test_a_contact_of_others_is_refused_like_one_that_there_is_not(
    client: ApiClient, stranger: ApiClient, ada: str
) -> None:
    theirs = contact(stranger, "Eve")
    response = client.post("on-call-schedules", {"name": "P", "layers": [layer(ada, theirs)]})
    assert body_of(response)["errors"] == {
        "layers.0.contact_ids.1": [f"There is no contact {theirs}."]
    }


def test_all_that_is_wrong_is_named_at_once(client: ApiClient, ada: str) -> None:
    hourly = {"kind": "hourly", "at": "09:00", "weekday": "monday"}
    body = {"name": "P", "time_zone": "X/Y", "layers": [layer(ada), layer(ada, handoff=hourly)]}
    assert set(body_of(client.post("on-call-schedules", body))["errors"]) == {
        "time_zone",
        "layers.1.handoff.at",
        "layers.1.handoff.weekday",
    }


def test_a_name_is_taken_once_in_an_organization(client: ApiClient, ada: str) -> None:
    make(client, layer(ada))
    other = make(client, layer(ada), name="Second")
    body = {"name": "Primary", "layers": [layer(ada)]}
    assert client.post("on-call-schedules", body).status_code == 409
    path = f"on-call-schedules/{other['id']}"
    assert client.patch(path, {"name": "Primary"}).status_code == 409


def test_a_schedule_that_a_policy_uses_cannot_be_deleted(client: ApiClient, ada: str) -> None:
    schedule = make(client, layer(ada))
    target = {"kind": "on_call_schedule", "id": schedule["id"]}
    steps = [{"wait_minutes": 0, "targets": [target]}]
    policy = client.make("escalation-policies", name="Night", steps=steps)
    assert policy["steps"] == steps
    path = f"on-call-schedules/{schedule['id']}"
    assert client.read(path)["escalation_policy_ids"] == [policy["id"]]
    response = client.delete(path)
    assert response.status_code == 409
    assert "while the escalation policy Night uses" in body_of(response)["detail"]
    client.delete(f"escalation-policies/{policy['id']}")
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_a_policy_cannot_name_a_schedule_of_others(
    client: ApiClient, stranger: ApiClient, ada: str
) -> None:
    theirs = make(stranger, layer(contact(stranger, "Eve")))["id"]
    target = {"kind": "on_call_schedule", "id": theirs}
    body = {
        "name": "Night",
        "steps": [{"wait_minutes": 0, "targets": [{"kind": "contact", "id": ada}]}],
        "fallback_targets": [target],
    }
    assert body_of(client.post("escalation-policies", body))["errors"] == {
        "fallback_targets.0.id": [f"There is no on-call schedule {theirs}."]
    }


def test_a_contact_that_takes_turns_cannot_be_deleted_until_it_does_no_more(
    client: ApiClient, ada: str, bob: str
) -> None:
    schedule = make(client, layer(ada, bob))
    response = client.delete(f"contacts/{bob}")
    assert response.status_code == 409
    assert "on call in the schedule Primary" in body_of(response)["detail"]
    client.patch(f"on-call-schedules/{schedule['id']}", {"layers": [layer(ada)]})
    assert client.delete(f"contacts/{bob}").status_code == 204


def test_pages_show_each_once_by_name(client: ApiClient, ada: str) -> None:
    for name in ("c", "a", "b"):
        make(client, layer(ada), name=name)
    first = client.read("on-call-schedules", limit=2)
    second = client.read("on-call-schedules", limit=2, cursor=first["next_cursor"])
    names = [each["name"] for each in first["items"] + second["items"]]
    assert (names, second["next_cursor"]) == (["a", "b", "c"], None)
    assert client.get("on-call-schedules", cursor="x").status_code == 422
