"""What is done to the account of an organization is posted to who may read it, and to nobody else."""

import json
from typing import Any

import pytest
from flask import Flask
from jsonschema import validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery, Organization
from services.events import account
from services.events.emit import PATTERNS, TAKES
from services.events.schemas import schema
from tests.api.client import ApiClient
from tests.api.machines.callers import join
from tests.services.outage import NOW


def posted(session: Session) -> list[dict[str, Any]]:
    rows = session.scalars(select(Delivery).filter_by(event="event").order_by(Delivery.id))
    return [json.loads(each.facts["document"]) for each in rows]


def subscribe(client: ApiClient, *events: str) -> None:
    client.make("event-subscriptions", name=events[0], url="https://in.test/", events=list(events))


def test_each_act_is_posted_once_as_its_entry_says_and_without_secrets(
    client: ApiClient, app: Flask, session: Session
) -> None:
    subscribe(client, "member.*", "invitation.*", "role.*", "key.*")
    secret = client.make("api-keys", name="Robot", scopes=["monitor:read"])["key"]
    join(client, app, "bob", "viewer")
    bob = next(each for each in client.read("members")["items"] if "bob" in each["email"])
    assert client.patch(f"members/{bob['id']}", {"role": "operator"}).status_code == 200
    assert client.delete(f"members/{bob['id']}").status_code == 204
    found = posted(session)
    assert [each["type"] for each in found] == [
        "key.created",
        "invitation.created",
        "member.joined",
        "role.changed",
        "member.removed",
    ]
    for each in found:
        validate(each, schema(each["type"]))
    assert found[0]["data"]["target"]["label"] == "Robot"
    assert found[3]["data"]["changes"][0]["after"] == {"role": "operator"}
    assert secret not in json.dumps(found)


def test_whoever_takes_everything_gets_none_of_them(client: ApiClient, session: Session) -> None:
    subscribe(client, "*")
    client.make("api-keys", name="Robot", scopes=["monitor:read"])
    assert posted(session) == []


@pytest.mark.parametrize("noun", sorted({"member", "key", "plan", "usage", "organization", "role"}))
def test_who_lacks_the_permission_of_a_noun_cannot_subscribe_to_it(
    client: ApiClient, app: Flask, noun: str
) -> None:
    scopes = {"event:read", "event:write"}
    robot = ApiClient(app)
    robot.token = client.make("api-keys", name="Robot", scopes=sorted(scopes))["key"]
    body = {"name": "In", "url": "https://in.test/", "events": [f"{noun}.*"]}
    assert robot.post("event-subscriptions", body).status_code == 403
    robot.token = client.make("api-keys", name="More", scopes=sorted({*scopes, TAKES[noun]}))["key"]
    assert robot.post("event-subscriptions", body).status_code == 201


def test_a_viewer_subscribes_to_nothing(client: ApiClient, app: Flask) -> None:
    viewer = join(client, app, "bob", "viewer")
    body = {"name": "In", "url": "https://in.test/", "events": ["member.*"]}
    assert viewer.post("event-subscriptions", body).status_code == 403


def test_a_threshold_is_posted_once_a_month(client: ApiClient, session: Session) -> None:
    subscribe(client, "usage.threshold")
    owner = session.scalars(select(Organization.id)).one()
    for amount in (7, 8, 8, 10, 10):
        account.used(session, owner, "monitors", amount, 10, now=NOW)
    found = posted(session)
    assert [each["data"]["percent"] for each in found] == [80, 100]
    validate(found[0], schema("usage.threshold"))


def test_every_event_of_an_act_can_be_subscribed_to() -> None:
    assert set(account.OF_ACTIONS.values()) <= set(PATTERNS)
