"""Refusals leave nothing in the audit log, except denied logins; each route that changes is named."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry
from models.audit_entry import ActorKind
from models.session import database_now
from server.request import actions
from services.audit import acts
from services.closures import erasing
from tests.api.account_mails import invitation_token
from tests.api.client import PASSWORD, ApiClient
from tests.api.examples.recorded import count
from tests.api.examples.test_examples import Sent, examples
from tests.factories.organizations import organization

_READING = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def changing(anybody: ApiClient) -> list[Sent]:
    spec: dict[str, Any] = anybody.read("/api/openapi.json")
    return [sent for _, sent in examples(spec) if sent.method != "get"]


def _viewer(app: Flask, owner: ApiClient) -> ApiClient:
    invited = owner.make("invitations", email="olga@example.test", role="viewer")
    token = invitation_token(app, invited["id"])
    client = ApiClient(app)
    return client.use(
        client.post("auth/accept-invitation", {"token": token, "password": PASSWORD + " too"})
    )


def test_a_refused_request_writes_no_entry(
    app: Flask, client: ApiClient, anybody: ApiClient, session: Session, changing: list[Sent]
) -> None:
    viewer = _viewer(app, client)
    before = count(session)
    spoken = []
    for sent in {(each.method, each.path): each for each in changing}.values():
        method, wrong = sent.method.upper(), {"no such field": 1}
        strange = sent.path[:-36] + str(uuid4()) if sent.path[-36:].count("-") == 4 else sent.path
        is_open = sent.path.startswith("/api/v1/auth/")
        for caller in (anybody, client) if is_open else (anybody, viewer, client):
            response = caller.send(method, strange, json=wrong)
            if response.status_code < 300 and actions.action_of(_endpoint(app, sent)):
                # It takes no body, and nothing is wrong with it.
                spoken.append(sent.path)
    assert count(session) - before == len(spoken)
    assert len(spoken) <= 12, spoken


def _endpoint(app: Flask, sent: Sent) -> str:
    return str(app.url_map.bind("").match(sent.path, sent.method.upper())[0])


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_denied_login_is_an_entry_of_the_chain_that_the_login_would_be_in(
    client: ApiClient, anybody: ApiClient, session: Session, field: str
) -> None:
    body = {"email": "ada@example.test", "password": PASSWORD} | {field: "nobody@example.test"}
    assert anybody.post("auth/login", body).status_code == 401
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.at.desc()).limit(1)).one()
    assert (entry.action, entry.actor_kind) == ("session.denied", ActorKind.NOBODY)
    mine = client.read("me")["user"]["id"]
    if field == "password":
        assert (str(entry.target_id), (entry.personal or {})["target"]) == (mine, body["email"])
    else:
        # What was typed may be a password in the wrong field, so it is not stored.
        assert (entry.organization_id, entry.target_id) == (acts.INSTANCE, None)
        assert entry.personal is None


def test_a_repeated_request_with_the_same_key_writes_no_second_entry(
    client: ApiClient, session: Session
) -> None:
    before = count(session)
    for _ in range(2):
        made = client.send(
            "POST",
            "monitors",
            json={"name": "Shop", "url": "https://shop.test/"},
            headers={"Idempotency-Key": "once-and-only-once"},
        )
        assert made.status_code == 201
    assert count(session) - before == 1


def test_a_machine_is_named_and_a_request_id_and_program_with_it(
    client: ApiClient, app: Flask, session: Session
) -> None:
    made = client.make("api-keys", name="Robot", scopes=["monitor:write", "monitor:read"])
    robot = ApiClient(app)
    robot.token = made["key"]
    headers = {"X-Request-Id": "my-request-id", "User-Agent": "robot/1"}
    robot.send(
        "POST", "monitors", json={"name": "Shop", "url": "https://shop.test/"}, headers=headers
    )
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.at.desc()).limit(1)).one()
    assert (entry.via, entry.actor_kind, entry.actor_label) == ("api_key", "api_key", "Robot")
    assert (entry.request_id, entry.user_agent) == ("my-request-id", "robot/1")
    assert str(entry.actor_id) == made["id"]


def test_a_deleted_account_leaves_nothing_personal_in_the_log(
    app: Flask, client: ApiClient, session: Session
) -> None:
    member = _viewer(app, client)
    gone = member.read("me")["user"]
    password = {"current_password": PASSWORD + " too"}
    assert member.post("me/deletion", password).status_code == 204
    after_the_grace = database_now(session) + timedelta(days=15)
    assert erasing.erase_account(session, now=after_the_grace)
    texts = [
        (each.actor_label, each.personal, each.changes, each.target_label)
        for each in session.scalars(select(AuditEntry))
    ]
    assert gone["email"] not in repr(texts)
    deleted = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.deleted"))
    assert {str(each.actor_id) for each in deleted} == {gone["id"]}


def test_each_route_that_changes_something_names_its_act_or_says_why_it_is_none(
    app: Flask,
) -> None:
    changing = {
        rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - _READING
    }
    assert sorted(each for each in changing if not actions.is_named(each)) == []
    names = {each.removeprefix("web-") for each in changing | actions.GET_ACTS}
    assert set(actions.ACTIONS) | set(actions.FORMS) | set(actions.NO_ACTS) <= names


def test_two_organizations_have_chains_of_their_own(session: Session, client: ApiClient) -> None:
    client.make_monitor()
    assert session.scalars(select(AuditEntry.sequence)).all() == [1]
    assert organization(session).id
