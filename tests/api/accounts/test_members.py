"""Members, invitations, and users who belong to several organizations."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.permissions import PERMISSIONS, Role
from models import Invitation
from services.organizations import invitations
from services.permissions import Maker
from tests.api.account_mails import content, invitation_token, letters, path_in, token_in
from tests.api.client import FROM_HERE, PASSWORD, ApiClient, body_of
from tests.api.machines import callers as machine_callers
from tests.api.machines.callers import join

Invite = Callable[..., str]


def accept(client: ApiClient, token: str, password: str = PASSWORD) -> int:
    return client.post("auth/accept-invitation", {"token": token, "password": password}).status_code


def id_of(client: ApiClient) -> str:
    return str(client.read("me")["user"]["id"])


@pytest.fixture
def invite(app: Flask) -> Invite:
    """Invite somebody, and return the token of the mail."""

    def token(client: ApiClient, email: str = "olga@example.test", role: str = "operator") -> str:
        return invitation_token(app, client.make("invitations", email=email, role=role)["id"])

    return token


def test_who_accepts_an_invitation_is_a_member(app: Flask, client: ApiClient) -> None:
    member = join(client, app, "olga", "operator")
    assert member.read("me")["organization"] == client.read("me")["organization"]
    assert member.read("me")["role"] == "operator"
    listed = [(each["email"], each["role"]) for each in client.read("members")["items"]]
    assert listed == [("ada@example.test", "owner"), ("olga@example.test", "operator")]
    assert client.read("invitations")["items"] == []


@pytest.mark.abuse(47)
def test_an_invitation_is_used_once(anybody: ApiClient, client: ApiClient, invite: Invite) -> None:
    token = invite(client)
    assert accept(anybody, token) == 201
    assert accept(anybody, token) == 401


@pytest.mark.abuse(47)
def test_an_invitation_belongs_to_its_address(
    app: Flask, client: ApiClient, stranger: ApiClient, invite: Invite
) -> None:
    """Whoever has the token and no access to that account stays outside."""
    token = invite(client, "eve@example.test")
    assert accept(ApiClient(app), token, "not the password of eve") == 401
    body = {"token": token, "password": PASSWORD, "email": "mallory@example.test"}
    assert ApiClient(app).post("auth/accept-invitation", body).status_code == 422
    assert accept(stranger, token) == 201


def test_an_invitation_ends_after_seven_days_or_when_it_is_taken_back(
    anybody: ApiClient, client: ApiClient, session: Session, invite: Invite
) -> None:
    token = invite(client)
    row = session.scalars(select(Invitation)).one()
    assert row.expires_at - row.created_at == timedelta(days=7)
    assert token.encode() not in row.token_hash
    session.execute(update(Invitation).values(expires_at=row.created_at - timedelta(seconds=1)))
    session.commit()
    assert accept(anybody, token) == 401
    second = invite(client)
    found = client.read("invitations")["items"]
    assert len(found) == 1
    assert client.delete(f"invitations/{found[0]['id']}").status_code == 204
    assert accept(anybody, second) == 401


def test_an_invitation_replaces_the_one_before(
    anybody: ApiClient, client: ApiClient, invite: Invite
) -> None:
    first, second = invite(client), invite(client)
    assert accept(anybody, first) == 401
    assert accept(anybody, second) == 201
    again = client.post("invitations", {"email": "olga@example.test", "role": "viewer"})
    assert again.status_code == 409


def test_a_short_password_makes_no_account(
    anybody: ApiClient, client: ApiClient, invite: Invite
) -> None:
    token = invite(client)
    assert accept(anybody, token, "short") == 422
    assert accept(anybody, token) == 201


def test_an_admin_makes_nobody_an_owner_and_touches_none(app: Flask, client: ApiClient) -> None:
    admin = join(client, app, "adam", "admin")
    olga = join(client, app, "olga", "operator")
    assert admin.patch(f"members/{id_of(olga)}", {"role": "owner"}).status_code == 403
    assert admin.patch(f"members/{id_of(client)}", {"role": "viewer"}).status_code == 403
    assert admin.delete(f"members/{id_of(client)}").status_code == 403
    assert admin.patch(f"members/{id_of(admin)}", {"role": "owner"}).status_code == 403
    body = {"email": "mallory@example.test", "role": "owner"}
    assert admin.post("invitations", body).status_code == 403
    assert admin.patch(f"members/{id_of(olga)}", {"role": "admin"}).status_code == 200


def test_an_invitation_dies_with_the_rights_of_who_invited(
    app: Flask, anybody: ApiClient, client: ApiClient, invite: Invite
) -> None:
    admin = join(client, app, "adam", "admin")
    token = invite(admin)
    client.patch(f"members/{id_of(admin)}", {"role": "viewer"})
    assert accept(anybody, token) == 401


@pytest.mark.abuse(51)
def test_the_last_owner_neither_leaves_nor_is_demoted(app: Flask, client: ApiClient) -> None:
    own = f"members/{id_of(client)}"
    assert client.patch(own, {"role": "admin"}).status_code == 409
    assert client.delete(own).status_code == 409
    assert client.delete("me/membership").status_code == 409
    second = join(client, app, "olga", "owner")
    assert client.delete("me/membership").status_code == 204
    assert client.get("me").status_code == 401
    assert second.delete("me/membership").status_code == 409


@pytest.mark.abuse(51)
def test_what_a_removed_member_has_dies_at_once(
    app: Flask, client: ApiClient, invite: Invite
) -> None:
    admin = join(client, app, "adam", "admin")
    key = machine_callers.with_token(app, machine_callers.new_key(admin)["key"])
    account = machine_callers.new_account(admin)
    machine = machine_callers.with_token(app, machine_callers.token_of(app, account))
    for each in (admin, key, machine):
        assert each.get("monitors").status_code == 200
    assert client.delete(f"members/{id_of(admin)}").status_code == 204
    for each in (admin, key, machine):
        assert each.get("monitors").status_code == 401
    assert admin.post("auth/refresh", {"refresh_token": admin.refresh_token}).status_code == 401
    answer = machine_callers.ask(
        app, headers=machine_callers.basic(account["id"], account["client_secret"])
    )
    assert answer.status_code == 401
    # Not even if the same person comes back.
    assert accept(ApiClient(app), invite(client, "adam@example.test", "admin")) == 201
    assert key.get("monitors").status_code == 401


def test_a_user_of_two_organizations_chooses_at_login_and_later(
    app: Flask, client: ApiClient, register: Callable[[str], ApiClient], invite: Invite
) -> None:
    olga = register("olga")
    own, theirs = (each.read("me")["organization"]["id"] for each in (olga, client))
    assert accept(ApiClient(app), invite(client)) == 201
    login = {"email": "olga@example.test", "password": PASSWORD}
    response = ApiClient(app).post("auth/login", login)
    listed = body_of(response)["organizations"]
    assert [(each["organization"]["id"], each["role"]) for each in listed] == [
        (own, "owner"),
        (theirs, "operator"),
    ]
    there = ApiClient(app).use(
        ApiClient(app).post("auth/login", {**login, "organization_id": theirs})
    )
    assert there.read("me")["organization"]["id"] == theirs
    back = ApiClient(app).use(there.switch(own))
    assert back.read("me")["role"] == "owner"
    assert back.read("me")["organization"]["id"] == own


@pytest.mark.abuse(45)
def test_nobody_switches_to_where_they_do_not_belong(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    theirs = client.read("me")["organization"]["id"]
    assert stranger.switch(theirs).status_code == 404
    # The token is as good as before.
    assert stranger.switch(stranger.read("me")["organization"]["id"]).status_code == 200
    login = {"email": "eve@example.test", "password": PASSWORD, "organization_id": theirs}
    assert stranger.post("auth/login", login).status_code == 401
    machine = machine_callers.with_token(app, machine_callers.new_key(client)["key"])
    machine.refresh_token = machine.token or ""
    assert machine.switch(theirs).status_code == 401


@pytest.mark.abuse(69)
@pytest.mark.parametrize("name", ["organization_id", "is_admin", "invited_by", "expires_at"])
def test_an_invitation_takes_nothing_else(client: ApiClient, name: str) -> None:
    body = {"email": "olga@example.test", "role": "viewer", name: "1"}
    assert list(body_of(client.post("invitations", body))["errors"]) == [name]


def test_the_token_is_mailed_and_answered_to_nobody(app: Flask, client: ApiClient) -> None:
    body = {"email": "olga@example.test", "role": "operator"}
    answer = client.post("invitations", body)
    mail = content(app, AccountEvent.INVITATION)
    assert mail.address == "olga@example.test"
    assert dict(mail.facts) == {
        "Organization": "Shop",
        "Invited by": "ada@example.test",
        "As": "operator",
    }
    assert token_in(mail) not in answer.text
    assert token_in(mail) not in client.get("invitations").text
    assert accept(ApiClient(app), token_in(mail)) == 201


def test_an_invitation_is_sent_again_with_another_link(
    app: Flask, client: ApiClient, session: Session
) -> None:
    made = client.make("invitations", email="olga@example.test", role="operator")
    first = token_in(content(app, AccountEvent.INVITATION))
    again = f"invitations/{made['id']}/send-again"
    assert client.post(again).status_code == 429
    row = session.scalars(select(Invitation)).one()
    invitations.send_again(
        session,
        row.organization_id,
        row.public_id,
        maker=Maker(row.invited_by, PERMISSIONS[Role.OWNER]),
        links=app.extensions["downtime"].links,
        now=row.created_at + timedelta(hours=1),
    )
    session.commit()
    assert client.read("invitations")["items"][0]["expires_at"] > made["expires_at"]
    second = invitation_token(app, made["id"])
    assert [accept(ApiClient(app), token) for token in (first, second)] == [401, 201]


@pytest.mark.abuse(83)
def test_an_invitation_is_sent_again_five_times(
    app: Flask, client: ApiClient, session: Session
) -> None:
    made = client.make("invitations", email="olga@example.test", role="operator")
    answers = []
    for _ in range(6):
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        session.execute(update(Invitation).values(updated_at=an_hour_ago))
        session.commit()
        answers.append(client.post(f"invitations/{made['id']}/send-again").status_code)
    assert answers == [200] * 5 + [409]
    assert len(letters(app)) == 6


def test_no_mail_goes_out_about_what_was_taken_back(app: Flask, client: ApiClient) -> None:
    made = client.make("invitations", email="olga@example.test", role="operator")
    client.delete(f"invitations/{made['id']}")
    assert letters(app) == []


def test_the_page_of_the_link_makes_a_member(app: Flask, client: ApiClient) -> None:
    client.make("invitations", email="olga@example.test", role="operator")
    path = path_in(content(app, AccountEvent.INVITATION))
    assert 'type="password"' in client.get(path).text
    assert (
        client.send("POST", path, data={"password": "short"}, headers=FROM_HERE).status_code == 422
    )
    assert (
        client.send("POST", path, data={"password": PASSWORD}, headers=FROM_HERE).status_code == 303
    )
    assert len(client.read("members")["items"]) == 2
