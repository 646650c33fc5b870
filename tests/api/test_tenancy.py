"""Invariant 6: nothing of one organization is visible to, or changed by, another."""

import re
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.alert import AlertEvent
from domain.outcome import Outcome
from models import Delivery, Monitor
from models.delivery import DeliveryState
from services import overview
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make
from tests.factories.exports import RECIPIENT
from tests.factories.recipients import Holder

LISTS = (
    "monitors",
    "contacts",
    "contact-groups",
    "escalation-policies",
    "on-call-schedules",
    "credentials",
    "incidents",
    "deliveries",
    "maintenance-windows",
    "message-templates",
    "exports",
    "event-subscriptions",
    "recipients",
    "api-keys",
    "service-accounts",
    "invitations",
)


@pytest.fixture
def ids(client: ApiClient, session: Session, celery: Celery) -> dict[str, str]:
    """One of everything, by the names that ids have in paths."""
    del celery
    contact = client.make(
        "contacts", name="Ada", channels=[{"kind": "email", "address": "ada@example.test"}]
    )
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    target = {"kind": "contact", "id": contact["id"]}
    policy = client.make(
        "escalation-policies", name="Night", steps=[{"wait_minutes": 5, "targets": [target]}]
    )
    turns = {
        "contact_ids": [contact["id"]],
        "local_start": "2026-01-05T09:00:00",
        "handoff": {"kind": "daily"},
    }
    schedule = client.make("on-call-schedules", name="Primary", layers=[turns])
    override = client.make(
        f"on-call-schedules/{schedule['id']}/overrides",
        **{
            "contact_id": contact["id"],
            "from": "2035-01-01T00:00:00Z",
            "to": "2035-01-02T00:00:00Z",
        },
    )
    credential = client.make(
        "credentials", name="Shop login", scheme="bearer", fields={"token": "t-0123456789"}
    )
    monitor = client.make_monitor(
        contact_group_ids=[group["id"]], credential_ids=[credential["id"]], tags=["secret"]
    )
    window = client.make(
        "maintenance-windows", name="Deploy", monitor_ids=[monitor["id"]], duration_seconds=3600
    )
    subscription = client.make(
        "event-subscriptions", name="Robot", url="https://robot.test/", events=["*"]
    )
    key = client.make("api-keys", name="Robot", scopes=["monitor:read"])
    account = client.make(
        "service-accounts", name="Robot", scheme="client_secret", scopes=["monitor:read"]
    )
    invitation = client.make("invitations", email="olga@example.test", role="viewer")
    recipient = Holder().register(client)
    wanted = {"document": "checks", "format": "csv", "recipient": RECIPIENT}
    export = body_of(client.post("exports", wanted))
    template = client.make("message-templates", event="down", text="Shop: {{ cause }}")
    trace = body_of(client.post(f"monitors/{monitor['id']}/check?trace=true"))
    row = session.scalars(select(Monitor)).one()
    now = overview.database_now(session)
    slot = int(now.timestamp()) + 1
    make.check(session, row, slot, Outcome.DOWN, detail="Answered 500.")
    incident = make.incident(session, row, started_at=now)
    # Dead, so that it can be sent again.
    delivery = Delivery(
        organization_id=row.organization_id,
        about=f"incident/{incident.id}/down",
        incident_id=incident.id,
        event=AlertEvent.DOWN,
        kind="email",
        address="ada@example.test",
        state=DeliveryState.DEAD,
        next_attempt_at=now,
        created_at=now,
    )
    session.add(delivery)
    session.commit()
    return {
        "contact_id": contact["id"],
        "channel_id": contact["channels"][0]["id"],
        "group_id": group["id"],
        "policy_id": policy["id"],
        "schedule_id": schedule["id"],
        "override_id": override["id"],
        "credential_id": credential["id"],
        "monitor_id": monitor["id"],
        "window_id": window["id"],
        "template_id": template["id"],
        "export_id": export["id"],
        "recipient_id": recipient["id"],
        "api_key_id": key["id"],
        "service_account_id": account["id"],
        "invitation_id": invitation["id"],
        "member_id": client.read("me")["user"]["id"],
        "subscription_id": subscription["id"],
        "incident_id": str(incident.public_id),
        "delivery_id": str(delivery.public_id),
        "trace_id": trace["id"],
        "checked_at": make.at(slot).isoformat().replace("+00:00", "Z"),
    }


def requests(app: Flask, ids: dict[str, str]) -> list[tuple[str, str]]:
    """Every method and path that takes an id, with those of the organization filled in."""
    found = []
    for rule in app.url_map.iter_rules():
        if any(name.endswith("_id") for name in rule.arguments):
            path = rule.rule
            for name in rule.arguments:
                path = re.sub(rf"<(\w+:)?{name}>", ids[name], path)
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(method, path) for method in methods]
    return found


BODIES: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "snooze": {"minutes": 5},
    "confirm": {"answer": "open sesame"},
    "rotate": {},
    "channels": {"kind": "email", "address": "eve@example.test"},
    "overrides": {
        "contact_id": "contact_id",
        "to": "2036-01-02T00:00:00Z",
        "from": "2036-01-01T00:00:00Z",
    },
}
"""What a route needs to be sent, by the last part of its path; an id by its name."""


def ask(client: ApiClient, method: str, path: str, ids: dict[str, str]) -> TestResponse:
    body = {} if method == "PATCH" else BODIES.get(path.rpartition("/")[2])
    if body is not None:
        body = {name: ids.get(str(value), value) for name, value in body.items()}
    return client.send(method, path) if body is None else client.send(method, path, json=body)


def everything(client: ApiClient) -> dict[str, Any]:
    return {path: client.read(path)["items"] for path in LISTS}


@pytest.mark.abuse(45)
def test_invariant_6_every_route_with_an_id_is_404_to_a_stranger(
    app: Flask, client: ApiClient, stranger: ApiClient, ids: dict[str, str]
) -> None:
    before = everything(client)
    walked = requests(app, ids)
    assert len(walked) >= 17
    for method, path in walked:
        response = ask(stranger, method, path, ids)
        assert response.status_code == 404, (method, path)
        assert "Shop" not in response.text
    assert everything(client) == before


def test_the_same_paths_are_there_for_their_owner(
    app: Flask, client: ApiClient, ids: dict[str, str]
) -> None:
    for method, path in requests(app, ids):
        if method != "DELETE":
            # What is there may be in a state that does not allow it.
            assert ask(client, method, path, ids).status_code in {200, 201, 202, 409}, (
                method,
                path,
            )


@pytest.mark.abuse(45)
def test_invariant_6_lists_and_filters_show_nothing_to_a_stranger(
    stranger: ApiClient, ids: dict[str, str]
) -> None:
    assert all(items == [] for items in everything(stranger).values())
    assert stranger.read("monitors", contact_group_id=ids["group_id"])["items"] == []
    assert stranger.read("monitors", q="Shop", tag="secret")["items"] == []
    assert stranger.get("incidents", monitor_id=ids["monitor_id"]).status_code == 404


def test_invariant_6_a_stranger_cannot_refer_to_what_is_not_theirs(
    stranger: ApiClient, ids: dict[str, str]
) -> None:
    own = stranger.make_monitor()
    for response, field in (
        (
            stranger.patch(f"monitors/{own['id']}", {"contact_group_ids": [ids["group_id"]]}),
            "contact_group_ids",
        ),
        (
            stranger.patch(f"monitors/{own['id']}", {"credential_ids": [ids["credential_id"]]}),
            "credential_ids",
        ),
        (
            stranger.post("contact-groups", {"name": "X", "contact_ids": [ids["contact_id"]]}),
            "contact_ids",
        ),
        (
            stranger.patch(f"monitors/{own['id']}", {"escalation_policy_id": ids["policy_id"]}),
            "escalation_policy_id",
        ),
        (
            stranger.post(
                "on-call-schedules",
                {
                    "name": "X",
                    "layers": [
                        {
                            "contact_ids": [ids["contact_id"]],
                            "local_start": "2026-01-05T09:00:00",
                            "handoff": {"kind": "daily"},
                        }
                    ],
                },
            ),
            "layers.0.contact_ids.0",
        ),
        (
            stranger.patch(f"monitors/{own['id']}", {"parent_ids": [ids["monitor_id"]]}),
            "parent_ids",
        ),
        (
            stranger.post(
                "maintenance-windows",
                {"name": "X", "duration_seconds": 60, "monitor_ids": [ids["monitor_id"]]},
            ),
            "monitor_ids",
        ),
    ):
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == [field]


@pytest.mark.abuse(47)
def test_invariant_6_cursors_of_others_lead_nowhere(
    client: ApiClient, stranger: ApiClient, ids: dict[str, str]
) -> None:
    del ids
    client.make_monitor()
    client.make("contact-groups", name="Zoo")
    client.make("credentials", name="Zoo", scheme="bearer", fields={"token": "t"})
    for path in ("monitors", "contact-groups", "credentials"):
        cursor = client.read(path, limit=1)["next_cursor"]
        assert stranger.read(path, cursor=cursor)["items"] == []


@pytest.mark.parametrize("name", ["organization_id", "organization", "tenant_id"])
@pytest.mark.abuse(46)
def test_invariant_6_the_tenant_cannot_be_named_by_the_request(
    client: ApiClient, stranger: ApiClient, name: str
) -> None:
    theirs = client.read("me")["organization"]["id"]
    body = {"name": "Shop", "url": "https://shop.test/", name: theirs}
    assert stranger.post("monitors", body).status_code == 422
    assert stranger.get("monitors", **{name: theirs}).status_code == 422
