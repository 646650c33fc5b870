"""Machines and members, with the rights of the API and no others."""

from flask import Flask

from tests.api.account_mails import invitation_token
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines.callers import ask, basic, join, new_account, new_key, token_of, with_token
from tests.isolation.conftest import Two


def test_machines_come_in_and_are_sent_away(app: Flask, two: Two) -> None:
    key, account = new_key(two.mine), new_account(two.mine)
    headers = basic(account["id"], account["client_secret"])
    token = token_of(app, account)
    for text in (key["key"], token):
        assert with_token(app, text).read("monitors")["items"] == []
    assert body_of(ask(app, "introspect", headers=headers, token=token))["active"] is True
    assert ask(app, "revoke", headers=headers, token=token).status_code == 200
    assert with_token(app, token).get("monitors").status_code == 401
    renewed = body_of(two.mine.post(f"api-keys/{key['id']}/rotate", {}))
    assert with_token(app, renewed["key"]).get("monitors").status_code == 200
    assert two.theirs.get(f"api-keys/{key['id']}").status_code == 404


def test_members_are_invited_switch_and_go(app: Flask, two: Two) -> None:
    own = two.theirs.read("me")["organization"]["id"]
    invited = two.mine.make("invitations", email="eve@example.test", role="admin")
    token = invitation_token(app, invited["id"])
    body = {"token": token, "password": PASSWORD}
    eve = ApiClient(app).use(ApiClient(app).post("auth/accept-invitation", body))
    assert eve.read("me")["role"] == "admin"
    login = body_of(
        ApiClient(app).post("auth/login", {"email": "eve@example.test", "password": PASSWORD})
    )
    assert len(login["organizations"]) == 2
    back = ApiClient(app).use(eve.switch(own))
    assert back.read("me")["organization"]["id"] == own
    new = join(two.mine, app, "olga", "operator")
    machine = with_token(app, new_key(eve)["key"])
    for client in (new, eve):
        assert client.delete("me/membership").status_code == 204
    assert machine.get("monitors").status_code == 401
    assert len(two.mine.read("members")["items"]) == 1
