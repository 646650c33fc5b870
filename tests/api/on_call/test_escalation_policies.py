"""Escalation policies over the API."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import EscalationPolicy, EscalationStep, EscalationTarget
from tests.api.client import ApiClient, body_of

EMAIL = {"kind": "email", "address": "ada@example.test"}


@pytest.fixture
def contact(client: ApiClient) -> dict[str, str]:
    made = client.make("contacts", name="Ada", channels=[EMAIL])
    return {"kind": "contact", "id": made["id"]}


@pytest.fixture
def group(client: ApiClient) -> dict[str, str]:
    return {"kind": "contact_group", "id": client.make("contact-groups", name="On call")["id"]}


def step(*targets: dict[str, str], wait: int = 0) -> dict[str, Any]:
    return {"wait_minutes": wait, "targets": list(targets)}


def test_a_policy_has_steps_and_usual_values(
    client: ApiClient, contact: dict[str, str], group: dict[str, str]
) -> None:
    steps = [step(contact), step(group, contact, wait=15)]
    policy = client.make("escalation-policies", name="Night", steps=steps)
    assert policy["steps"] == steps
    assert (policy["repeats"], policy["repeat_minutes"], policy["reminder_minutes"]) == (
        0,
        30,
        None,
    )
    assert (policy["fallback_targets"], policy["monitor_ids"]) == ([], [])
    assert client.read(f"escalation-policies/{policy['id']}") == policy
    listed = client.read("escalation-policies")["items"]
    assert [each["steps"] for each in listed] == [steps]


def test_all_values_can_be_given(client: ApiClient, contact: dict[str, str]) -> None:
    values = {
        "name": "Night",
        "steps": [step(contact)],
        "repeats": 3,
        "repeat_minutes": 10,
        "reminder_minutes": 60,
        "fallback_targets": [contact],
    }
    policy = client.make("escalation-policies", **values)
    assert {name: policy[name] for name in values} == values


def test_a_target_that_is_named_twice_is_told_once(
    client: ApiClient, contact: dict[str, str]
) -> None:
    policy = client.make("escalation-policies", name="Night", steps=[step(contact, contact)])
    assert policy["steps"] == [step(contact)]


def test_given_steps_replace_all_and_the_rest_stays(
    client: ApiClient, contact: dict[str, str], group: dict[str, str], session: Session
) -> None:
    policy = client.make(
        "escalation-policies",
        name="Night",
        steps=[step(contact), step(group, wait=5)],
        fallback_targets=[group],
    )
    path = f"escalation-policies/{policy['id']}"
    changed = body_of(client.patch(path, {"steps": [step(group, wait=1)], "repeats": 2}))
    assert (changed["steps"], changed["repeats"]) == ([step(group, wait=1)], 2)
    assert (changed["name"], changed["fallback_targets"]) == ("Night", [group])
    changed = body_of(client.patch(path, {"fallback_targets": []}))
    assert (changed["steps"], changed["fallback_targets"]) == ([step(group, wait=1)], [])
    assert len(session.scalars(select(EscalationStep)).all()) == 1
    assert len(session.scalars(select(EscalationTarget)).all()) == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "a\nb"}, "name"),
    ({"steps": []}, "steps"),
    ({"steps": "all"}, "steps"),
    ({"steps": [{"wait_minutes": 0, "targets": []}]}, "steps.0.targets"),
    ({"steps": [{"targets": []}]}, "steps.0.wait_minutes"),
    ({"steps": [step({"kind": "contact", "id": "7"})]}, "steps.0.targets.0.id"),
    (
        {"steps": [step({"kind": "escalation_policy", "id": str(uuid4())})]},
        "steps.0.targets.0.kind",
    ),
    ({"steps": [step({"kind": "contact", "id": str(uuid4())})]}, "steps.0.targets.0.id"),
    (
        {"fallback_targets": [{"kind": "contact_group", "id": str(uuid4())}]},
        "fallback_targets.0.id",
    ),
    ({"repeats": 10}, "repeats"),
    ({"repeats": -1}, "repeats"),
    ({"repeats": "2"}, "repeats"),
    ({"repeat_minutes": 0}, "repeat_minutes"),
    ({"reminder_minutes": 4}, "reminder_minutes"),
    ({"fallback_policy_id": str(uuid4())}, "fallback_policy_id"),
    ({"organization_id": 1}, "organization_id"),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
def test_a_bad_value_is_named_and_nothing_is_stored(
    client: ApiClient, contact: dict[str, str], session: Session, bad: dict[str, Any], field: str
) -> None:
    good = {"name": "Night", "steps": [step(contact)]}
    response = client.post("escalation-policies", {**good, **bad})
    assert response.status_code == 422, response.text
    assert field in body_of(response)["errors"]
    assert session.scalars(select(EscalationPolicy)).all() == []


@pytest.mark.parametrize("wait", [-1, 1441, 0.5, None])
def test_a_bad_wait_is_named(client: ApiClient, contact: dict[str, str], wait: object) -> None:
    steps = [{"wait_minutes": wait, "targets": [contact]}]
    response = client.post("escalation-policies", {"name": "Night", "steps": steps})
    assert list(body_of(response)["errors"]) == ["steps.0.wait_minutes"]


def test_eleven_steps_are_too_many(client: ApiClient, contact: dict[str, str]) -> None:
    response = client.post("escalation-policies", {"name": "N", "steps": [step(contact)] * 11})
    assert list(body_of(response)["errors"]) == ["steps"]


def test_targets_of_others_are_refused_like_those_that_there_are_not(
    client: ApiClient, stranger: ApiClient
) -> None:
    theirs = stranger.make("contacts", name="Eve", channels=[EMAIL])["id"]
    steps = [step({"kind": "contact", "id": theirs})]
    response = client.post("escalation-policies", {"name": "Night", "steps": steps})
    assert body_of(response)["errors"] == {
        "steps.0.targets.0.id": [f"There is no contact {theirs}."]
    }


def test_a_name_is_taken_once_in_an_organization(
    client: ApiClient, contact: dict[str, str]
) -> None:
    client.make("escalation-policies", name="Night", steps=[step(contact)])
    other = client.make("escalation-policies", name="Day", steps=[step(contact)])
    body = {"name": "Night", "steps": [step(contact)]}
    assert client.post("escalation-policies", body).status_code == 409
    path = f"escalation-policies/{other['id']}"
    assert client.patch(path, {"name": "Night"}).status_code == 409


def test_a_monitor_names_a_policy_and_reminders(client: ApiClient, contact: dict[str, str]) -> None:
    policy = client.make("escalation-policies", name="Night", steps=[step(contact)])
    monitor = client.make_monitor(escalation_policy_id=policy["id"], reminder_minutes=30)
    assert (monitor["escalation_policy_id"], monitor["reminder_minutes"]) == (policy["id"], 30)
    shown = client.read(f"escalation-policies/{policy['id']}")
    assert shown["monitor_ids"] == [monitor["id"]]
    path = f"monitors/{monitor['id']}"
    assert body_of(client.patch(path, {"name": "Store"}))["escalation_policy_id"] == policy["id"]
    changed = body_of(client.patch(path, {"escalation_policy_id": None, "reminder_minutes": None}))
    assert (changed["escalation_policy_id"], changed["reminder_minutes"]) == (None, None)


def test_a_monitor_cannot_name_a_policy_that_there_is_not_or_that_is_of_others(
    client: ApiClient, stranger: ApiClient
) -> None:
    eve = stranger.make("contacts", name="Eve", channels=[EMAIL])
    steps = [step({"kind": "contact", "id": eve["id"]})]
    theirs = stranger.make("escalation-policies", name="Night", steps=steps)["id"]
    for policy_id in (theirs, str(uuid4())):
        body = {"name": "Shop", "url": "https://shop.test/", "escalation_policy_id": policy_id}
        response = client.post("monitors", body)
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == ["escalation_policy_id"]


def test_a_policy_in_use_cannot_be_deleted_until_its_monitor_is(
    client: ApiClient, contact: dict[str, str]
) -> None:
    policy = client.make("escalation-policies", name="Night", steps=[step(contact)])
    monitor = client.make_monitor(escalation_policy_id=policy["id"])
    path = f"escalation-policies/{policy['id']}"
    response = client.delete(path)
    assert response.status_code == 409
    assert "while a monitor uses it" in body_of(response)["detail"]
    client.delete(f"monitors/{monitor['id']}")
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_a_deleted_contact_leaves_the_steps(client: ApiClient, contact: dict[str, str]) -> None:
    policy = client.make(
        "escalation-policies", name="Night", steps=[step(contact)], fallback_targets=[contact]
    )
    client.delete(f"contacts/{contact['id']}")
    shown = client.read(f"escalation-policies/{policy['id']}")
    assert (shown["steps"], shown["fallback_targets"]) == ([step()], [])


def test_pages_show_each_once_by_name(client: ApiClient, contact: dict[str, str]) -> None:
    for name in ("c", "a", "b"):
        client.make("escalation-policies", name=name, steps=[step(contact)])
    first = client.read("escalation-policies", limit=2)
    second = client.read("escalation-policies", limit=2, cursor=first["next_cursor"])
    names = [each["name"] for each in first["items"] + second["items"]]
    assert (names, second["next_cursor"]) == (["a", "b", "c"], None)
    assert client.get("escalation-policies", cursor="x").status_code == 422


def test_steps_are_given_whole_in_a_change_too(client: ApiClient, contact: dict[str, str]) -> None:
    policy = client.make("escalation-policies", name="Night", steps=[step(contact)])
    for steps, field in (
        ([{"targets": [contact]}], "steps.0.wait_minutes"),
        ([{"wait_minutes": 5}], "steps.0.targets"),
        ([step({"kind": "contact"})], "steps.0.targets.0.id"),
    ):
        response = client.patch(f"escalation-policies/{policy['id']}", {"steps": steps})
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == [field]
