"""What an organization demands of its members and machines, and that it holds on every route."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from api.schemas.base import Timestamp
from models import ApiKey, Membership, OrganizationPolicy, ServiceAccount, UserSession
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import ApiClient, body_of
from tests.api.identity.test_permissions import filled, operations
from tests.api.machines import callers as machine_callers
from tests.api.machines.callers import join, with_token

POLICY = "organization/policy"
HERE, ELSEWHERE = "127.0.0.1", "198.51.100.7"
DAY = timedelta(days=1)
ENROLMENT = {
    ("GET", "/api/v1/me/second-factor"),
    ("POST", "/api/v1/me/second-factor"),
    ("POST", "/api/v1/me/second-factor/confirmation"),
    ("GET", "/api/v1/me/passkeys"),
    ("POST", "/api/v1/me/passkeys"),
    ("POST", "/api/v1/me/passkeys/options"),
}
DEFAULTS = {
    "require_second_factor": False,
    "second_factor_grace_days": 0,
    "second_factor_required_at": None,
    "session_idle_minutes": 720,
    "session_hours": 720,
    "networks": [],
    "networks_for_machines": False,
    "longest_key_days": None,
    "login_ways": ["password", "passkey", "sso"],
}


def change(client: ApiClient, **values: object) -> int:
    return client.patch(POLICY, values).status_code


def status(client: ApiClient, address: str = HERE) -> int:
    environ = {"REMOTE_ADDR": address}
    return client.send("GET", "monitors", environ_overrides=environ).status_code


def test_an_organization_has_the_defaults_until_its_owner_changes_them(client: ApiClient) -> None:
    assert client.read(POLICY) == DEFAULTS
    assert change(client, session_idle_minutes=60) == 200
    assert change(client, longest_key_days=30) == 200
    changed = {"session_idle_minutes": 60, "longest_key_days": 30}
    assert client.read(POLICY) == {**DEFAULTS, **changed}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"second_factor_grace_days": 31}, "second_factor_grace_days"),
        ({"session_idle_minutes": 14}, "session_idle_minutes"),
        ({"session_hours": 2161}, "session_hours"),
        ({"session_hours": 11}, "session_idle_minutes"),
        ({"networks": ["nowhere"]}, "networks.0"),
        ({"networks_for_machines": True}, "networks_for_machines"),
        ({"longest_key_days": 401}, "longest_key_days"),
        ({"login_ways": []}, "login_ways"),
        ({"login_ways": ["magic"]}, "login_ways.0"),
    ],
    ids=lambda each: each if isinstance(each, str) else "values",
)
def test_a_value_out_of_bounds_is_refused_and_named(
    client: ApiClient, values: dict[str, object], field: str
) -> None:
    refused = client.patch(POLICY, values)
    assert refused.status_code == 422
    assert str(body_of(refused)["errors"]).count(field.partition(".")[0]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("networks", ["198.51.100.0/24"]),
        ("require_second_factor", True),
        ("login_ways", ["passkey"]),
    ],
    ids=["networks", "second-factor", "login-ways"],
)
def test_an_owner_cannot_lock_the_owner_out(client: ApiClient, field: str, value: object) -> None:
    refused = client.patch(POLICY, {field: value})
    assert refused.status_code == 409
    assert list(body_of(refused)["errors"]) == [field]
    assert client.read(POLICY) == DEFAULTS


def test_only_owners_and_no_machines_change_it(app: Flask, client: ApiClient) -> None:
    assert change(join(client, app, "bob", "admin"), session_hours=100) == 403
    key = machine_callers.new_key(client, "organization:write")["key"]
    assert change(with_token(app, key), session_hours=100) == 403
    assert client.read(POLICY) == DEFAULTS


def test_a_member_without_a_factor_reaches_only_the_enrolment_after_the_grace(
    app: Flask, client: ApiClient, session: Session
) -> None:
    switch_on(client)
    bob = join(client, app, "bob", "admin")
    assert change(client, require_second_factor=True, second_factor_grace_days=7) == 200
    assert status(bob) == 200
    _shift(session, 8 * DAY)
    reached = {
        (method, path)
        for path, method, operation in operations(client)
        if operation.get("security") and bob.send(method, filled(path), json={}).status_code != 403
    }
    assert reached == ENROLMENT
    switch_on(bob)
    assert status(bob) == 200
    assert status(join(client, app, "eva", "viewer")) == 200


def _shift(session: Session, by: timedelta) -> None:
    """Let the demand and the memberships be older."""
    session.execute(
        update(OrganizationPolicy).values(
            second_factor_required_at=OrganizationPolicy.second_factor_required_at - by
        )
    )
    session.execute(update(Membership).values(created_at=Membership.created_at - by))
    session.commit()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("created_at", {"session_idle_minutes": 60, "session_hours": 3}),
        ("last_seen_at", {"session_idle_minutes": 90}),
    ],
    ids=["total", "idle"],
)
def test_a_session_that_is_older_than_the_policy_ends_at_its_next_request(
    client: ApiClient, session: Session, column: str, values: dict[str, object]
) -> None:
    assert change(client, **values) == 200
    older = {"created_at": 4, "last_seen_at": 2}
    moved = {column: getattr(UserSession, column) - timedelta(hours=older[column])}
    session.execute(update(UserSession).values(moved))
    session.commit()
    assert status(client) == 401
    assert session.query(UserSession).count() == 0
    renewed = client.post("auth/refresh", {"refresh_token": client.refresh_token})
    assert renewed.status_code == 401


def test_a_refresh_does_not_revive_a_session_that_was_idle_for_too_long(
    client: ApiClient, session: Session
) -> None:
    assert change(client, session_idle_minutes=15) == 200
    moved = UserSession.last_seen_at - timedelta(minutes=16)
    session.execute(update(UserSession).values(last_seen_at=moved))
    session.commit()
    renewed = client.post("auth/refresh", {"refresh_token": client.refresh_token})
    assert renewed.status_code == 401
    assert status(client) == 401


def test_people_come_only_from_the_networks_and_machines_if_that_is_asked(
    app: Flask, client: ApiClient
) -> None:
    robot = with_token(app, machine_callers.new_key(client)["key"])
    account = machine_callers.new_account(client)
    service = with_token(app, machine_callers.token_of(app, account))
    assert change(client, networks=["127.0.0.0/8"]) == 200
    callers = (client, robot, service)
    assert [status(each, ELSEWHERE) for each in callers] == [403, 200, 200]
    assert change(client, networks_for_machines=True) == 200
    assert [status(each, ELSEWHERE) for each in callers] == [403, 403, 403]
    assert [status(each) for each in callers] == [200, 200, 200]


def test_another_organization_of_the_member_is_not_concerned(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    assert change(client, networks=["127.0.0.0/8"]) == 200
    assert status(stranger, ELSEWHERE) == 200
    assert stranger.read(POLICY) == DEFAULTS
    member = join(stranger, app, "bob", "viewer")
    assert status(member, ELSEWHERE) == 200


def test_keys_and_secrets_end_at_the_longest_age(
    app: Flask, client: ApiClient, session: Session
) -> None:
    key = machine_callers.new_key(client)
    account = machine_callers.new_account(client)
    robot = with_token(app, key["key"])
    service = with_token(app, machine_callers.token_of(app, account))
    assert change(client, longest_key_days=30) == 200
    assert [status(robot), status(service)] == [200, 200]
    session.execute(update(ApiKey).values(created_at=ApiKey.created_at - 31 * DAY))
    older = ServiceAccount.secret_made_at - 31 * DAY
    session.execute(update(ServiceAccount).values(secret_made_at=older))
    session.commit()
    assert [status(robot), status(service)] == [401, 401]
    basic = machine_callers.basic(account["id"], account["client_secret"])
    assert machine_callers.ask(app, headers=basic).status_code == 401
    renewed = body_of(client.post(f"service-accounts/{account['id']}/rotate", {}))
    assert machine_callers.token_of(app, renewed)


def test_a_replaced_secret_ends_at_its_own_age_and_not_with_its_overlap(
    app: Flask, client: ApiClient, session: Session
) -> None:
    account = machine_callers.new_account(client)
    path = f"service-accounts/{account['id']}"
    old = machine_callers.basic(account["id"], account["client_secret"])
    made_at = ServiceAccount.secret_made_at - 29 * DAY
    session.execute(update(ServiceAccount).values(secret_made_at=made_at))
    session.commit()
    week = {"overlap_seconds": int(timedelta(days=7).total_seconds())}
    assert client.post(f"{path}/rotate", week).status_code == 200
    assert machine_callers.ask(app, headers=old).status_code == 200
    # A policy that is stricter afterwards holds for the replaced secret, too.
    assert change(client, longest_key_days=28) == 200
    assert machine_callers.ask(app, headers=old).status_code == 401
    assert change(client, longest_key_days=30) == 200
    assert machine_callers.ask(app, headers=old).status_code == 200


def test_the_overlap_is_no_longer_than_the_age_of_a_secret_allows(
    client: ApiClient, session: Session
) -> None:
    account = machine_callers.new_account(client)
    made_at = ServiceAccount.secret_made_at - 29 * DAY
    session.execute(update(ServiceAccount).values(secret_made_at=made_at))
    session.commit()
    assert change(client, longest_key_days=30) == 200
    week = {"overlap_seconds": int(timedelta(days=7).total_seconds())}
    renewed = body_of(client.post(f"service-accounts/{account['id']}/rotate", week))
    assert _ahead(days=0) < renewed["previous_until"] < _ahead(days=2)


def test_a_key_shows_the_end_that_the_policy_gives_it(client: ApiClient, session: Session) -> None:
    key = machine_callers.new_key(client)
    assert change(client, longest_key_days=30) == 200
    for shown in (client.read("api-keys")["items"][0], client.read(f"api-keys/{key['id']}")):
        assert _ahead(days=29) < shown["expires_at"] < _ahead(days=31)
    session.execute(update(ApiKey).values(created_at=ApiKey.created_at - 31 * DAY))
    session.commit()
    assert client.read("api-keys")["items"][0]["expires_at"] < _ahead(days=0)


def test_a_new_key_lasts_no_longer_than_the_policy_allows(client: ApiClient) -> None:
    assert change(client, longest_key_days=10) == 200
    made = machine_callers.new_key(client)
    assert made["expires_at"] < _ahead(days=11)
    refused = client.post(
        "api-keys",
        {"name": "Long", "scopes": ["monitor:read"], "expires_at": _ahead(days=11)},
    )
    assert refused.status_code == 422


def _ahead(*, days: int) -> str:
    return Timestamp.shown(datetime.now(UTC) + timedelta(days=days))
