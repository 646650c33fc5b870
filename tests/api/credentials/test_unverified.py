"""Abuse 138: only a writer of credentials has one sent to a server whose certificate nobody verifies."""

from typing import Any

import pytest
from flask import Flask

from domain.permissions import Permission
from tests.api.client import ApiClient, body_of
from tests.api.credentials.test_origins import ELSEWHERE, PROXY, SHOP, make, monitor_of, with_scopes
from tests.api.machines import callers as machine_callers

pytestmark = pytest.mark.abuse(138)

UNVERIFIED = {"verify_tls": False}
PROBLEM = ["settings.verify_tls"]


def unverified(credential: str, url: str = f"{SHOP}/") -> dict[str, Any]:
    return {**monitor_of(credential, url), "settings": UNVERIFIED}


@pytest.fixture
def operator(client: ApiClient, app: Flask) -> ApiClient:
    """Return one who may use credentials, and write monitors."""
    return machine_callers.join(client, app, "olga", "operator")


@pytest.fixture
def credential(client: ApiClient) -> str:
    return make(client, origins=[SHOP, ELSEWHERE])


def test_one_who_may_use_it_makes_no_monitor_without_verification(
    client: ApiClient, operator: ApiClient, credential: str
) -> None:
    refused = operator.post("monitors", unverified(credential))
    assert (refused.status_code, list(body_of(refused)["errors"])) == (422, PROBLEM)
    assert "credential:write" in body_of(refused)["errors"][PROBLEM[0]][0]
    bulk = operator.post("monitors/bulk", {"mode": "all", "monitors": [unverified(credential)]})
    assert list(body_of(bulk)["errors"]) == [f"monitors.0.{PROBLEM[0]}"]
    assert client.post("monitors", unverified(credential)).status_code == 201


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({}, {"settings": UNVERIFIED}),
        ({"settings": UNVERIFIED}, {"url": f"{ELSEWHERE}/"}),
        ({"settings": UNVERIFIED}, {"url": f"{SHOP}/login"}),
    ],
)
def test_nor_does_a_change_of_theirs_lead_to_one(
    client: ApiClient,
    operator: ApiClient,
    credential: str,
    before: dict[str, Any],
    change: dict[str, Any],
) -> None:
    monitor = client.make("monitors", **{**monitor_of(credential), **before})["id"]
    refused = operator.patch(f"monitors/{monitor}", change)
    assert (refused.status_code, list(body_of(refused)["errors"])) == (422, PROBLEM)
    assert client.patch(f"monitors/{monitor}", change).status_code == 200


def test_nor_do_they_name_one_more(client: ApiClient, operator: ApiClient, credential: str) -> None:
    monitor = client.make("monitors", **unverified(credential))["id"]
    other = make(client, origins=[SHOP], name="Another")
    refused = operator.patch(f"monitors/{monitor}", {"credential_ids": [credential, other]})
    assert list(body_of(refused)["errors"]) == PROBLEM


def test_what_was_allowed_is_not_in_the_way_of_other_changes(
    client: ApiClient, operator: ApiClient, credential: str
) -> None:
    monitor = client.make("monitors", **unverified(credential))["id"]
    changes: list[dict[str, Any]] = [
        {"settings": {"keyword": "open"}},
        {"name": "Other"},
        {"credential_ids": []},
    ]
    for change in changes:
        assert operator.patch(f"monitors/{monitor}", change).status_code == 200


def test_what_sends_the_site_nothing_does_not_count(client: ApiClient, operator: ApiClient) -> None:
    assert operator.post("monitors", unverified(make(client, **PROXY))).status_code == 201


def test_whoever_may_only_write_monitors_is_refused_as_for_every_other_setting(
    app: Flask, client: ApiClient, credential: str
) -> None:
    monitor = client.make("monitors", **monitor_of(credential))["id"]
    key = with_scopes(app, client, Permission.MONITOR_WRITE)
    assert key.patch(f"monitors/{monitor}", {"settings": UNVERIFIED}).status_code == 403
