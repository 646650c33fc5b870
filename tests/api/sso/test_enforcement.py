"""While an organization demands its provider, no other way begins or continues a session for it."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AccountMail, User
from tests.api.account_mails import invitation_token
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines.callers import join
from tests.api.sso.logins import OWN, Browser, Tenant

POLICY = "organization/policy"
DEMAND = {"login_ways": ["sso"]}


@pytest.fixture
def codes(app: Flask, shop: Tenant) -> list[str]:
    """Make bob a member with a second factor, and return his recovery codes."""
    return switch_on(join(shop.owner, app, "bob", "admin"))[1]


@pytest.fixture
def demanding(app: Flask, shop: Tenant, session: Session, codes: list[str]) -> Tenant:
    """Have ada, an owner with a second factor who logged in by the provider, demand it."""
    del codes
    join(shop.owner, app, "carl", "admin")
    ada = session.scalars(select(User).where(User.email == "ada@example.test")).one()
    ada.email = "ada@shop.test"
    session.commit()
    switch_on(shop.owner)
    browser = Browser(app)
    browser.log_in(shop, sub="ada", email="ada@shop.test")
    fields = {"login_ways": "sso", "session_idle_minutes": "720", "session_hours": "720"}
    fields |= {"second_factor_grace_days": "0", "networks": "", "longest_key_days": ""}
    page = "/settings/organization/policy"
    response = browser.client.post(page, data=fields, headers=OWN)
    assert response.status_code == 303, response.text
    assert shop.owner.read(POLICY)["login_ways"] == ["sso"]
    return shop


def test_nobody_can_demand_it_before_a_login_of_their_own_by_it(shop: Tenant) -> None:
    answer = shop.owner.patch(POLICY, DEMAND)
    assert answer.status_code == 409
    assert "login_ways" in answer.text


@pytest.mark.usefixtures("demanding")
def test_a_password_begins_no_session(app: Flask, anybody: ApiClient) -> None:
    body = {"email": "carl@example.test", "password": PASSWORD}
    assert anybody.post("auth/login", body).status_code == 403
    response = Browser(app).client.post("/login", data=body, headers=OWN)
    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers or "session=" not in str(response.headers)


def test_sessions_of_before_are_refused_and_not_renewed(
    app: Flask, shop: Tenant, session: Session, request: pytest.FixtureRequest
) -> None:
    del session
    bob = join(shop.owner, app, "early", "admin")
    tokens = body_of(
        ApiClient(app).post("auth/login", {"email": "early@example.test", "password": PASSWORD})
    )
    request.getfixturevalue("demanding")
    assert bob.get("monitors").status_code == 403
    renewed = ApiClient(app).post("auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert renewed.status_code == 403


def test_an_invitation_or_a_switch_begins_none_either(
    app: Flask, demanding: Tenant, stranger: ApiClient, anybody: ApiClient
) -> None:
    invited = demanding.owner.make("invitations", email="eve@example.test", role="viewer")
    token = invitation_token(app, invited["id"])
    body = {"token": token, "password": PASSWORD}
    assert anybody.post("auth/accept-invitation", body).status_code == 403
    del stranger


def test_other_organizations_of_a_member_are_unharmed(
    app: Flask, demanding: Tenant, stranger: ApiClient, anybody: ApiClient
) -> None:
    invited = stranger.make("invitations", email="carl@example.test", role="viewer")
    token = invitation_token(app, invited["id"])
    body = {"token": token, "password": PASSWORD}
    assert anybody.post("auth/accept-invitation", body).status_code == 201
    login = body_of(
        anybody.post("auth/login", {"email": "carl@example.test", "password": PASSWORD})
    )
    theirs = stranger.read("me")["organization"]["id"]
    ours = demanding.owner.read("me")["organization"]["id"]
    tokens = {"refresh_token": login["refresh_token"]}
    refused = anybody.post("auth/switch", {**tokens, "organization_id": ours})
    assert refused.status_code == 403
    again = anybody.post("auth/switch", {**tokens, "organization_id": theirs})
    assert again.status_code == 200


def test_an_owner_with_a_second_factor_breaks_the_glass_and_all_owners_are_told(
    demanding: Tenant, session: Session, anybody: ApiClient, codes: list[str]
) -> None:
    body = {"email": "bob@example.test", "password": PASSWORD}
    assert anybody.post("auth/login", {**body, "code": codes[0]}).status_code == 403
    (bob,) = [each for each in demanding.owner.read("members")["items"] if "bob" in each["email"]]
    assert demanding.owner.patch(f"members/{bob['id']}", {"role": "owner"}).status_code == 200
    mails = select(AccountMail.address).where(AccountMail.event == "sso_bypassed")
    assert set(session.scalars(mails)) == set()
    # The refusal was rolled back, so the code is still good.
    answer = anybody.post("auth/login", {**body, "code": codes[0]})
    assert answer.status_code == 200
    assert set(session.scalars(mails)) == {"ada@shop.test", "bob@example.test"}
    assert ApiClient(anybody._app).use(answer).get("monitors").status_code == 200


def test_the_only_connection_cannot_go_while_it_is_demanded(demanding: Tenant) -> None:
    assert demanding.owner.delete(demanding.path).status_code == 409
    assert demanding.owner.patch(demanding.path, {"enabled": False}).status_code == 409
