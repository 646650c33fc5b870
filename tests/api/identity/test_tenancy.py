"""Invariant 6: nothing of one organization is visible to, or changed by, another."""

import re
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.api.client import PASSWORD, ApiClient, body_of
from tests.factories.one_of_each import one_of_each

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
    "slos",
    "message-templates",
    "exports",
    "event-subscriptions",
    "recipients",
    "api-keys",
    "service-accounts",
    "invitations",
    "projects",
    "teams",
    "custom-roles",
    "domains",
    "sso-connections",
)


OTHER_NAMES = {
    ("/api/v1/monitors/test-runs/<uuid:test_run_id>", "test_run_id"): "draft_test_run_id"
}
"""What a path calls by the name of something else."""


@pytest.fixture
def ids(client: ApiClient, session: Session, celery: Celery) -> dict[str, str]:
    """One of everything, by the names that ids have in paths."""
    del celery
    values = {"name": "Draft", "url": "https://draft.test/"}
    draft = body_of(client.post("monitors/test-runs", values))
    return {**one_of_each(client, session), "draft_test_run_id": draft["id"]}


def requests(app: Flask, ids: dict[str, str]) -> list[tuple[str, str]]:
    """Every method and path that takes an id, with those of the organization filled in."""
    found = []
    for rule in app.url_map.iter_rules():
        is_page = rule.endpoint.startswith("web-")  # See tests/web/test_tenancy.py.
        if not is_page and any(name.endswith("_id") for name in rule.arguments):
            path = rule.rule
            for name in rule.arguments:
                known = OTHER_NAMES.get((rule.rule, name), name)
                path = re.sub(rf"<(\w+:)?{name}>", ids[known], path)
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found += [(method, path) for method in methods]
    return found


BODIES: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "snooze": {"minutes": 5},
    "test-runs": {},
    "removal": {"current_password": PASSWORD},
    "notes": {"note": "The provider knows."},
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


BODIES_OF: dict[str, dict[str, Any]] = {"PATCH": {}, "PUT": {"role": "viewer"}}
"""The same by the method, if it has one body for all paths."""


def ask(client: ApiClient, method: str, path: str, ids: dict[str, str]) -> TestResponse:
    body = BODIES_OF.get(method, BODIES.get(path.rpartition("/")[2]))
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
            # What is there may be in a state that does not allow it, or was sent a moment ago.
            assert ask(client, method, path, ids).status_code in {200, 201, 202, 204, 409, 429}, (
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


REFERENCES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "contact_group_ids": ("PATCH", "", {"contact_group_ids": ["group_id"]}),
    "credential_ids": ("PATCH", "", {"credential_ids": ["credential_id"]}),
    "escalation_policy_id": ("PATCH", "", {"escalation_policy_id": "policy_id"}),
    "parent_ids": ("PATCH", "", {"parent_ids": ["monitor_id"]}),
    "contact_ids": ("POST", "contact-groups", {"contact_ids": ["contact_id"]}),
    "layers.0.contact_ids.0": (
        "POST",
        "on-call-schedules",
        {
            "layers": [
                {
                    "contact_ids": ["contact_id"],
                    "local_start": "2026-01-05T09:00:00",
                    "handoff": {"kind": "daily"},
                }
            ]
        },
    ),
    "monitor_id": ("POST", "slos", {"target_percent": 99, "monitor_id": "monitor_id"}),
    "monitor_ids": (
        "POST",
        "maintenance-windows",
        {"duration_seconds": 60, "monitor_ids": ["monitor_id"]},
    ),
}
"""By the field that is refused: what to send, to one's own monitor or a list; ids by their names."""


@pytest.mark.parametrize("field", REFERENCES)
def test_invariant_6_a_stranger_cannot_refer_to_what_is_not_theirs(
    stranger: ApiClient, ids: dict[str, str], field: str
) -> None:
    method, path, body = REFERENCES[field]
    path = path or f"monitors/{stranger.make_monitor()['id']}"
    response = stranger.send(method, path, json=_filled({"name": "X", **body}, ids))
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]


def _filled(value: Any, ids: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Put ids in the place of their names."""
    if isinstance(value, dict):
        return {name: _filled(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, ids) for each in value]
    return ids.get(value, value) if isinstance(value, str) else value


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
