"""Roles and permissions: each route names one, and each role may do what the table says."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from domain.permissions import PERMISSIONS, Permission, Role
from tests.api.client import ApiClient, body_of
from tests.api.machines import callers as machine_callers
from tests.api.machines.callers import join

ROLES = ("admin", "operator", "viewer", "auditor")
OF_NOBODY = re.compile(r"^/api/v1/(auth|billing|schemas|downloads)(/|$)")
"""What is open to all, or asks for something else than a permission."""


def operations(client: ApiClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in client.read("/api/openapi.json")["paths"].items():
        for method in item.keys() & {"get", "post", "patch", "put", "delete"}:
            yield path, method.upper(), item[method]


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", lambda _: str(uuid4()), path)


def test_every_route_names_a_permission_that_there_is(client: ApiClient) -> None:
    named = {}
    for path, method, operation in operations(client):
        if not operation.get("security"):
            assert OF_NOBODY.match(path), (method, path)
            continue
        named[method, path] = Permission(operation["x-permission"])
        assert all([named[method, path]] == list(*each.values()) for each in operation["security"])
        assert "403" in operation["responses"]
    assert len(named) > 80
    assert all(
        permission.endswith(":read") for (method, _), permission in named.items() if method == "GET"
    )


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    app: Flask, client: ApiClient, role: str
) -> None:
    member = join(client, app, role, role)
    for path, method, operation in operations(client):
        if "x-permission" not in operation or path == "/api/v1/me/membership":
            continue
        refused = member.send(method, filled(path), json={}).status_code == 403
        assert refused == (operation["x-permission"] not in PERMISSIONS[Role(role)]), (method, path)


def test_a_refusal_names_the_permission(app: Flask, client: ApiClient) -> None:
    response = join(client, app, "vic", "viewer").post("monitors", {})
    assert response.status_code == 403
    assert "monitor:write" in body_of(response)["detail"]
    assert response.headers["WWW-Authenticate"] == (
        'Bearer error="insufficient_scope", scope="monitor:write"'
    )


def test_one_sees_what_one_may_do(app: Flask, client: ApiClient) -> None:
    assert set(client.read("me")["permissions"]) == set(Permission)
    viewer = join(client, app, "vic", "viewer")
    assert set(viewer.read("me")["permissions"]) == PERMISSIONS[Role.VIEWER]


def test_a_change_of_role_holds_from_the_next_request_on(app: Flask, client: ApiClient) -> None:
    member = join(client, app, "olga", "operator")
    monitor = member.make_monitor()
    theirs = member.read("me")["user"]["id"]
    assert client.patch(f"members/{theirs}", {"role": "viewer"}).status_code == 200
    assert member.patch(f"monitors/{monitor['id']}", {"name": "X"}).status_code == 403
    assert member.get(f"monitors/{monitor['id']}").status_code == 200


@pytest.mark.abuse(38)
def test_a_machine_may_do_what_its_scopes_say_and_no_more(app: Flask, client: ApiClient) -> None:
    key = machine_callers.new_key(client, "monitor:read")["key"]
    machine = machine_callers.with_token(app, key)
    for path, method, operation in operations(client):
        if "x-permission" in operation:
            refused = machine.send(method, filled(path), json={}).status_code == 403
            assert refused == (operation["x-permission"] != "monitor:read"), (method, path)
