"""The page of the organization's policy, and what remains of the app for who does not meet it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models import Membership, OrganizationPolicy, UserSession
from tests.api.account_mails import invitation_token
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import PASSWORD, ApiClient
from tests.api.machines.callers import join
from tests.web.reader import Reader
from web.routing import permission_of

PAGE = "/settings/organization/policy"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
ENROLMENT = {
    ("GET", "/settings/second-factor"),
    ("POST", "/settings/second-factor"),
    ("POST", "/settings/second-factor/confirm"),
    ("GET", "/settings/passkeys"),
    ("POST", "/settings/passkeys"),
    ("POST", "/settings/passkeys/confirm"),
}
SWITCH = {("GET", "/organizations"), ("POST", "/organization")}


def test_an_owner_changes_the_policy(ada: Reader) -> None:
    seen = ada.fill(ada.get(PAGE), PAGE, session_idle_minutes="60", longest_key_days="90")
    assert "The policy was saved." in seen.text
    assert seen.form(PAGE)["session_idle_minutes"] == ["60"]
    assert ada.api.read("organization/policy")["longest_key_days"] == 90


def test_a_change_that_locks_out_its_owner_is_shown_again_with_the_reason(ada: Reader) -> None:
    seen = ada.fill(ada.get(PAGE), PAGE, networks="198.51.100.0/24")
    assert seen.status == 409
    assert "Your own address is not in these networks." in seen.errors[0]
    assert seen.form(PAGE)["networks"] == ["198.51.100.0/24"]


def test_what_cannot_be_read_is_named(ada: Reader) -> None:
    seen = ada.fill(ada.get(PAGE), PAGE, session_hours="many", login_ways=[])
    assert seen.status == 422
    assert "Hours in total" in seen.errors[0]


def test_other_members_only_read_it(app: Flask, ada: Reader) -> None:
    join(ada.api, app, "bob", "admin")
    seen = Reader(app).log_in("bob@example.test").get(PAGE)
    assert "Only an owner can change this." in seen.text
    assert seen.select("form[action='/settings/organization/policy']") == []


@pytest.fixture
def bob(app: Flask, ada: Reader, session: Session) -> Reader:
    """Make a member without a second factor, after the grace of the demand."""
    switch_on(ada.api)
    join(ada.api, app, "bob", "admin")
    member = Reader(app).log_in("bob@example.test")
    values = {"require_second_factor": True, "second_factor_grace_days": 7}
    assert ada.api.patch("organization/policy", values).status_code == 200
    assert member.get("/monitors").path == "/monitors"
    week = timedelta(days=8)
    demand = OrganizationPolicy.second_factor_required_at - week
    session.execute(update(OrganizationPolicy).values(second_factor_required_at=demand))
    session.execute(update(Membership).values(created_at=Membership.created_at - week))
    session.commit()
    return member


def _guarded(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if rule.endpoint.startswith("web-") and permission_of(view) is not None:
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield method, rule


def test_without_a_factor_only_the_enrolment_is_left_after_the_grace(
    app: Flask, bob: Reader
) -> None:
    reached = set()
    for method, rule in _guarded(app):
        parts = rule.rule.split("/")
        path = "/".join(str(uuid4()) if part.startswith("<") else part for part in parts)
        if method == "GET":
            response = bob.send_get(path)
            is_shut = response.headers.get("Location") == "/settings/second-factor"
        else:
            response = bob.send(path, headers=FROM_HERE)
            is_shut = response.status_code == 403
        if not is_shut:
            reached.add((method, rule.rule))
    assert reached == ENROLMENT | SWITCH


def test_the_enrolment_shows_nothing_else_of_the_organization(bob: Reader) -> None:
    bob_sees = bob.get("/monitors")
    assert bob_sees.path == "/settings/second-factor"
    assert "This organization requires a second factor." in bob_sees.text
    assert bob_sees.select("nav") == []
    assert bob_sees.select("a[href='/monitors']") == []


def test_who_has_another_organization_can_go_there(app: Flask, bob: Reader, eve: Reader) -> None:
    invited = eve.api.make("invitations", email="bob@example.test", role="viewer")
    token = invitation_token(app, invited["id"])
    body = {"token": token, "password": PASSWORD}
    accepted = ApiClient(app).post("auth/accept-invitation", body)
    assert accepted.status_code == 201
    other = eve.api.read("me")["organization"]["id"]
    bob.post("/organization", organization=other)
    assert bob.get("/monitors").path == "/monitors"


def test_a_network_that_is_not_allowed_is_named_and_leads_out(ada: Reader) -> None:
    assert ada.api.patch("organization/policy", {"networks": ["127.0.0.0/8"]}).status_code == 200
    outside = {"REMOTE_ADDR": "198.51.100.7"}
    refused = ada._client.get("/monitors", environ_overrides=outside)
    assert refused.status_code == 403
    assert "does not allow your network" in refused.text
    assert 'href="/organizations"' in refused.text
    chosen = ada._client.get("/organizations", environ_overrides=outside)
    assert chosen.status_code == 200


def test_a_session_that_is_too_old_leads_to_the_login(ada: Reader, session: Session) -> None:
    assert ada.api.patch("organization/policy", {"session_hours": 12}).status_code == 200
    older = UserSession.created_at - timedelta(hours=13)
    session.execute(update(UserSession).values(created_at=older))
    session.commit()
    assert ada.send_get("/session").status_code == 401
    assert ada.get("/monitors").path.startswith("/login")
