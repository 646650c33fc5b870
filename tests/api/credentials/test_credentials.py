"""Credentials over the API: secrets come in and never go out."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from application import create_app
from config.settings import Settings
from models import Monitor
from probes.auth.registry import SCHEMES
from server.resources import Transactions
from tests.api.client import ApiClient, body_of

SECRET = "canary-5f1c9a7e"
BEARER = {"name": "Shop login", "scheme": "bearer", "fields": {"token": SECRET}}


def make(client: ApiClient, **values: object) -> dict[str, Any]:
    return client.make("credentials", **{**BEARER, **values})


def test_a_secret_is_answered_as_set_with_a_fingerprint(client: ApiClient) -> None:
    response = client.post("credentials", BEARER)
    assert response.status_code == 201
    assert SECRET not in response.text
    made = body_of(response)
    token = made["fields"]["token"]
    assert set(token) == {"set", "fingerprint", "updated_at"}
    assert token["set"] is True
    assert len(token["fingerprint"]) == 8
    assert token["updated_at"].endswith("Z")
    assert (made["name"], made["scheme"]) == ("Shop login", "bearer")
    assert made["fields"]["prefix"] == "Bearer"
    assert made["monitor_ids"] == []


def test_what_is_shown_is_what_was_answered(client: ApiClient) -> None:
    made = make(client)
    assert client.read(f"credentials/{made['id']}") == made
    listed = client.read("credentials")["items"]
    assert listed == [{key: value for key, value in made.items() if key != "monitor_ids"}]


def test_secrets_inside_of_lists_are_hidden_too(client: ApiClient) -> None:
    fields = {
        "headers": [
            {"name": "X-Tenant", "value": SECRET},
            {"name": "X-Other", "value": f"{SECRET}-2"},
        ]
    }
    response = client.post("credentials", {**BEARER, "scheme": "headers", "fields": fields})
    assert response.status_code == 201, response.text
    assert SECRET not in response.text
    shown = body_of(response)["fields"]["headers"]
    assert [each["name"] for each in shown] == ["X-Tenant", "X-Other"]
    assert all(each["value"]["set"] is True for each in shown)


def test_a_changed_secret_shows_by_its_fingerprint(client: ApiClient) -> None:
    made = make(client)
    path = f"credentials/{made['id']}"
    changed = body_of(client.patch(path, {"fields": {"token": "another"}}))
    assert changed["fields"]["token"]["fingerprint"] != made["fields"]["token"]["fingerprint"]
    back = body_of(client.patch(path, {"fields": {"token": SECRET}}))
    assert back["fields"]["token"]["fingerprint"] == made["fields"]["token"]["fingerprint"]


def test_a_change_of_one_field_leaves_the_others(client: ApiClient) -> None:
    made = make(client)
    changed = body_of(
        client.patch(f"credentials/{made['id']}", {"name": "New", "fields": {"prefix": "Token"}})
    )
    assert (changed["name"], changed["fields"]["prefix"]) == ("New", "Token")
    assert changed["fields"]["token"] == made["fields"]["token"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"token": None}, "fields.token"),
        ({"token": ""}, "fields.token"),
        ({"token": f"{SECRET}\r\nX-Evil: 1"}, "fields.token"),
        ({"token": [SECRET]}, "fields.token"),
        ({"token": {"set": True, "fingerprint": "00000000"}}, "fields.token"),
        ({"prefix": "no spaces allowed"}, "fields.prefix"),
        ({"surplus": SECRET}, "fields.surplus"),
        ({"surplus": None}, "fields.surplus"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_field(
    client: ApiClient, fields: dict[str, Any], field: str
) -> None:
    made = make(client)
    response = client.patch(f"credentials/{made['id']}", {"fields": fields})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]
    assert SECRET not in response.text
    assert client.read(f"credentials/{made['id']}") == made


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scheme": "nonsense"}, "scheme"),
        ({"scheme": None}, "scheme"),
        ({"fields": {}}, "fields.token"),
        ({"fields": {"token": SECRET, "tokn": SECRET}}, "fields.tokn"),
        ({"fields": {"token": f"{SECRET}\n"}}, "fields.token"),
        ({"fields": SECRET}, "fields"),
        ({"fields": None}, "fields"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"version": 7}, "version"),
        ({"shown": {}}, "shown"),
        ({"organization_id": 1}, "organization_id"),
        ({"fields": {"token": f"{SECRET}\x00"}}, "fields.token"),
    ],
)
def test_a_credential_that_cannot_be_is_refused_by_field(
    client: ApiClient, changes: dict[str, Any], field: str
) -> None:
    response = client.post("credentials", {**BEARER, **changes})
    assert response.status_code == 422, response.text
    assert list(body_of(response)["errors"]) == [field]
    assert SECRET not in response.text


@pytest.mark.parametrize("missing", ["name", "scheme", "fields"])
def test_all_three_parts_are_needed(client: ApiClient, missing: str) -> None:
    body = {name: value for name, value in BEARER.items() if name != missing}
    response = client.post("credentials", body)
    assert list(body_of(response)["errors"]) == [missing]


def test_the_scheme_stays(client: ApiClient) -> None:
    made = make(client)
    response = client.patch(f"credentials/{made['id']}", {"scheme": "basic"})
    assert (response.status_code, list(body_of(response)["errors"])) == (422, ["scheme"])


def test_names_are_unique(client: ApiClient, stranger: ApiClient) -> None:
    make(client)
    make(stranger)
    other = make(client, name="Other")
    for response in (
        client.post("credentials", BEARER),
        client.patch(f"credentials/{other['id']}", {"name": "Shop login"}),
    ):
        assert (response.status_code, list(body_of(response)["errors"])) == (409, ["name"])


def test_lists_come_in_pages_by_name(client: ApiClient) -> None:
    for name in "cab":
        make(client, name=name)
    first = client.read("credentials", limit=2)
    second = client.read("credentials", limit=2, cursor=first["next_cursor"])
    assert [each["name"] for each in first["items"]] == ["a", "b"]
    assert ([each["name"] for each in second["items"]], second["next_cursor"]) == (["c"], None)


def test_a_monitor_names_its_credentials_in_their_order(client: ApiClient) -> None:
    ids = [make(client, name=name)["id"] for name in "ba"]
    monitor = client.make_monitor(credential_ids=ids)
    assert monitor["credential_ids"] == ids
    assert client.read(f"monitors/{monitor['id']}")["credential_ids"] == ids
    assert client.read("monitors")["items"][0]["credential_ids"] == ids
    assert client.read(f"credentials/{ids[0]}")["monitor_ids"] == [monitor["id"]]
    changed = client.patch(f"monitors/{monitor['id']}", {"credential_ids": [ids[1]]})
    assert body_of(changed)["credential_ids"] == [ids[1]]
    assert client.read(f"credentials/{ids[0]}")["monitor_ids"] == []


def test_a_monitor_has_none_unless_it_names_some(client: ApiClient) -> None:
    assert client.make_monitor()["credential_ids"] == []


def test_a_monitor_keeps_them_when_something_else_changes(client: ApiClient) -> None:
    ids = [make(client)["id"]]
    monitor = client.make_monitor(credential_ids=ids)
    changed = client.patch(f"monitors/{monitor['id']}", {"name": "New"})
    assert body_of(changed)["credential_ids"] == ids


def test_one_credential_named_twice_is_used_once(client: ApiClient) -> None:
    credential = make(client)["id"]
    assert client.make_monitor(credential_ids=[credential] * 2)["credential_ids"] == [credential]


@pytest.mark.parametrize("ids", [[str(uuid4())], ["nonsense"], "x", [None], [7]])
def test_a_monitor_cannot_name_what_is_not_there(client: ApiClient, ids: object) -> None:
    body = {"name": "Shop", "url": "https://shop.test/", "credential_ids": ids}
    response = client.post("monitors", body)
    assert response.status_code == 422
    assert all(path.startswith("credential_ids") for path in body_of(response)["errors"])


def test_a_monitor_takes_four_credentials_at_most(client: ApiClient) -> None:
    ids = [make(client, name=str(number))["id"] for number in range(5)]
    client.make_monitor(credential_ids=ids[:4])
    body = {"name": "Shop", "url": "https://shop.test/", "credential_ids": ids}
    response = client.post("monitors", body)
    assert (response.status_code, list(body_of(response)["errors"])) == (422, ["credential_ids"])


def test_a_kind_that_cannot_use_credentials_refuses_them(client: ApiClient) -> None:
    body = {
        "name": "Job",
        "kind": "heartbeat",
        "settings": {"period_seconds": 300},
        "credential_ids": [make(client)["id"]],
    }
    response = client.post("monitors", body)
    assert response.status_code == 422
    assert body_of(response)["errors"]["credential_ids"] == [
        "A monitor of kind heartbeat takes no credentials."
    ]


def test_a_kind_takes_the_schemes_of_its_protocol_only(client: ApiClient) -> None:
    def refusals(*ids: str) -> list[str]:
        body = {"name": "Mail", "kind": "imap", "url": "imaps://mail.test"}
        response = client.post("monitors", {**body, "credential_ids": list(ids)})
        assert response.status_code == 422
        return list(body_of(response)["errors"]["credential_ids"])

    fields = {"username": "ada", "password": SECRET}
    login, other = (
        make(client, name=name, scheme="basic", fields=fields)["id"] for name in ("one", "two")
    )
    assert refusals(make(client)["id"]) == [
        (
            "A monitor of kind imap takes credentials of the schemes"
            " basic, ca_bundle, client_certificate, not bearer."
        )
    ]
    assert refusals(login, other) == ["A monitor of kind imap logs in with one credential only."]
    client.make_monitor(kind="imap", url="imaps://mail.test", credential_ids=[login])
    assert client.read(f"credentials/{login}")["origins"] == ["imaps://mail.test"]


def test_monitors_created_in_bulk_can_share_one(client: ApiClient) -> None:
    credential = make(client)["id"]
    one = {"name": "Shop", "url": "https://shop.test/", "credential_ids": [credential]}
    bad = {**one, "credential_ids": [str(uuid4())]}
    answer = body_of(client.post("monitors/bulk", {"mode": "each", "monitors": [one, bad, one]}))
    assert [item["status"] for item in answer["items"]] == [201, 422, 201]
    assert len(client.read(f"credentials/{credential}")["monitor_ids"]) == 2


def test_a_credential_in_use_stays(client: ApiClient) -> None:
    credential = make(client)["id"]
    monitor = client.make_monitor(credential_ids=[credential])
    assert client.delete(f"credentials/{credential}").status_code == 409
    assert client.delete(f"monitors/{monitor['id']}").status_code == 204
    assert client.delete(f"credentials/{credential}").status_code == 204
    assert client.get(f"credentials/{credential}").status_code == 404


def test_a_change_of_a_secret_begins_a_new_run(client: ApiClient, session: Session) -> None:
    credential = make(client)["id"]
    client.make_monitor(credential_ids=[credential])
    client.patch(f"credentials/{credential}", {"fields": {"token": "new"}})
    assert session.scalars(select(Monitor.version)).all() == [2]


def test_every_scheme_is_in_the_document(anybody: ApiClient) -> None:
    spec = anybody.read("/api/openapi.json")
    schemas = spec["components"]["schemas"]
    created = schemas["CredentialCreate"]["properties"]
    assert created["scheme"]["enum"] == list(SCHEMES)
    named = [each["$ref"].split("/")[-1] for each in created["fields"]["anyOf"]]
    assert named == [scheme.settings.__name__ for scheme in SCHEMES.values()]
    assert schemas["BearerSettings"]["properties"]["token"]["writeOnly"] is True


def test_the_api_does_not_start_without_a_key(
    settings: Settings, transaction: Transactions
) -> None:
    without = settings.model_copy(update={"keys": type(settings.keys)("")})
    with pytest.raises(ValueError, match="downtime keys encryption"):
        create_app(without, transaction)
