"""The token endpoint and its neighbours: what they give to whom, and how they refuse."""

from typing import Any
from uuid import uuid4

import jwt
import pytest
from flask import Flask

from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import (
    INVALID_CLIENT,
    ISSUER,
    ask,
    basic,
    join,
    keyed,
    new_account,
    new_key,
    refusal,
    token_of,
    with_token,
)


def test_a_token_is_in_the_form_of_the_standard(app: Flask, client: ApiClient) -> None:
    account = new_account(client, "monitor:read", "incident:read")
    response = ask(app, headers=basic(account["id"], account["client_secret"]))
    body = body_of(response)
    assert {name: body[name] for name in ("token_type", "expires_in", "scope")} == {
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "incident:read monitor:read",
    }
    keys = ApiClient(app).read("/.well-known/jwks.json")["keys"]
    header = jwt.get_unverified_header(body["access_token"])
    assert header == {"typ": "at+jwt", "alg": "ES256", "kid": keys[0]["kid"]}
    payload = jwt.decode(
        body["access_token"], jwt.PyJWK(keys[0]), ["ES256"], audience=f"{ISSUER}/api/v1"
    )
    assert payload["sub"] == payload["client_id"] == account["id"]
    assert payload["org"] == client.read("me")["organization"]["id"]
    assert payload["exp"] - payload["iat"] == 600


def test_a_token_opens_what_it_asks_for_and_no_more(app: Flask, client: ApiClient) -> None:
    account = new_account(client, "monitor:read", "monitor:write", "profile:read")
    all_of_it = with_token(app, token_of(app, account))
    less = with_token(app, token_of(app, account, scope="monitor:read"))
    monitor = all_of_it.make_monitor()
    assert less.get(f"monitors/{monitor['id']}").status_code == 200
    assert less.delete(f"monitors/{monitor['id']}").status_code == 403
    assert all_of_it.read("me")["machine"]["id"] == account["id"]


@pytest.mark.abuse(38)
def test_no_token_says_more_than_its_client_may(app: Flask, client: ApiClient) -> None:
    admin = join(client, app, "adam", "admin")
    account = new_account(admin, "monitor:read", "monitor:write")
    headers = basic(account["id"], account["client_secret"])
    for scope in ("monitor:read incident:read", "monitor:fly", "organization:write"):
        assert refusal(ask(app, headers=headers, scope=scope)) == (400, "invalid_scope")
    early = with_token(app, token_of(app, account))
    client.patch(f"members/{admin.read('me')['user']['id']}", {"role": "viewer"})
    assert early.post("monitors", {}).status_code == 403
    assert body_of(ask(app, headers=headers))["scope"] == "monitor:read"
    assert refusal(ask(app, headers=headers, scope="monitor:write")) == (400, "invalid_scope")


def test_a_secret_may_come_in_the_body_too(app: Flask, client: ApiClient) -> None:
    account = new_account(client)
    form = {"client_id": account["id"], "client_secret": account["client_secret"]}
    assert ask(app, **form).status_code == 200
    assert refusal(ask(app, **{**form, "client_secret": "wrong"})) == INVALID_CLIENT
    both = ask(app, headers=basic(account["id"], account["client_secret"]), **form)
    assert refusal(both) == (400, "invalid_request")


def test_who_cannot_prove_it_is_told_nothing_else(app: Flask, client: ApiClient) -> None:
    account, key = new_account(client), keyed(client)
    secret = account["client_secret"]
    for headers in (
        {},
        basic(account["id"], "wrong"),
        basic(account["id"], ""),
        basic(str(uuid4()), secret),
        basic("robot", secret),
        basic(account["id"].upper(), secret),
        basic(key["id"], secret),
        {"Authorization": "Basic ?"},
        {"Authorization": f"Bearer {secret}"},
    ):
        response = ask(app, headers=headers)
        assert refusal(response) == INVALID_CLIENT
        assert response.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:x", "client_assertion": "x"}, "invalid_request"),
        ({"scope": ["monitor:read", "monitor:write"]}, "invalid_request"),
    ],
)
def test_a_bad_request_is_refused_in_the_words_of_the_standard(
    app: Flask, form: dict[str, Any], code: str
) -> None:
    assert refusal(ask(app, **form)) == (400, code)


def test_neither_json_nor_a_query_is_read(app: Flask, client: ApiClient) -> None:
    account = new_account(client)
    form = {
        "grant_type": "client_credentials",
        "client_id": account["id"],
        "client_secret": account["client_secret"],
    }
    anybody = ApiClient(app)
    assert refusal(anybody.post("/oauth/token", form)) == (400, "invalid_request")
    response = anybody.send("POST", "/oauth/token", query_string=form, data={"x": "y"})
    assert refusal(response) == (400, "invalid_request")
    assert anybody.get("/oauth/token").status_code == 405


def test_introspection_tells_a_client_of_the_same_organization(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    account, other, foreign = new_account(client), new_account(client), new_account(stranger)
    token = token_of(app, account)
    asking = [basic(each["id"], each["client_secret"]) for each in (account, other, foreign)]
    own, same, theirs = (
        body_of(ask(app, "introspect", headers=each, token=token)) for each in asking
    )
    assert own == same
    assert own["active"] is True
    assert own["client_id"] == account["id"]
    assert own["scope"] == "monitor:read"
    assert theirs == {"active": False}
    for text in ("x", client.token, new_key(client)["key"]):
        answer = ask(app, "introspect", headers=asking[0], token=text)
        assert body_of(answer) == {"active": False}
    assert refusal(ask(app, "introspect", token=token)) == INVALID_CLIENT
    assert refusal(ask(app, "introspect", headers=asking[0])) == (400, "invalid_request")


@pytest.mark.abuse(36)
def test_a_revoked_token_is_dead_and_only_its_client_revokes_it(
    app: Flask, client: ApiClient
) -> None:
    account, other = new_account(client), new_account(client)
    token = token_of(app, account)
    own, foreign = (basic(each["id"], each["client_secret"]) for each in (account, other))
    assert ask(app, "revoke", headers=foreign, token=token).status_code == 200
    assert with_token(app, token).get("monitors").status_code == 200
    for _ in range(2):
        assert ask(app, "revoke", headers=own, token=token).status_code == 200
    assert with_token(app, token).get("monitors").status_code == 401
    answer = ask(app, "introspect", headers=own, token=token)
    assert body_of(answer) == {"active": False}
    assert ask(app, "revoke", headers=own, token="x").status_code == 200
    assert with_token(app, token_of(app, account)).get("monitors").status_code == 200


@pytest.mark.abuse(45)
def test_a_machine_sees_nothing_of_another_organization(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    theirs = stranger.make_monitor()
    machine = with_token(app, token_of(app, new_account(client)))
    assert machine.get(f"monitors/{theirs['id']}").status_code == 404
    assert machine.read("monitors")["items"] == []


def test_the_metadata_says_what_is_there(app: Flask) -> None:
    described = ApiClient(app).read("/.well-known/oauth-authorization-server")
    assert described["issuer"] == ISSUER
    assert described["grant_types_supported"] == ["client_credentials"]
    assert "tls_client_auth" not in described["token_endpoint_auth_methods_supported"]
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        path = described[name].removeprefix(ISSUER)
        assert ApiClient(app).post(path).status_code == 400
    assert ApiClient(app).get(described["jwks_uri"].removeprefix(ISSUER)).status_code == 200
