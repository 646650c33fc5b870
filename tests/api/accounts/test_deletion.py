"""The end of accounts and organizations, and what one gets to see of oneself before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.analytics.rollup import HOUR, day_of, hour_of
from domain.evaluation.outcome import Outcome
from models import Delivery, Monitor, Organization, User, UserSession
from models.session import database_now
from services.closures import erasing
from services.rollups import writing
from tests.api.account_mails import letters
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines import callers as machine_callers
from tests.api.machines.callers import join
from tests.contract.things import make_things
from tests.factories import monitors as make

MEANT = {"current_password": PASSWORD, "name": "Shop"}
PROOF = {"current_password": PASSWORD}


def erase(session: Session) -> None:
    """As after the grace, when nobody looks any more at what it asked strangers."""
    now = database_now(session) + timedelta(days=31)
    assert erasing.begin_organization(session, now=now)
    while erasing.purge_some(session, now=now):
        pass


def owned_tables(connection: Session) -> list[str]:
    engine = connection.get_bind()
    found = inspect(engine)
    return [
        name
        for name in found.get_table_names()
        if any(column["name"] == "organization_id" for column in found.get_columns(name))
    ]


def test_only_who_gives_password_and_name_deletes_an_organization(
    app: Flask, client: ApiClient
) -> None:
    path = "organization/deletion"
    for body, field in (
        ({**MEANT, "current_password": "not it"}, "current_password"),
        ({**MEANT, "name": "shop"}, "name"),
    ):
        assert list(body_of(client.post(path, body))["errors"]) == [field]
    admin = join(client, app, "adam", "admin")
    assert admin.post(path, MEANT).status_code == 403
    assert client.post(path, MEANT).status_code == 202


@pytest.mark.abuse(50)
def test_then_nothing_is_left_of_it_and_others_keep_what_they_have(
    client: ApiClient, stranger: ApiClient, session: Session
) -> None:
    for each in (client, stranger):
        make_things(each)
        machine_callers.new_key(each)
        machine_callers.new_account(each)
    kept = {path: stranger.read(path)["items"] for path in ("monitors", "contacts", "api-keys")}
    mine = session.scalars(select(Organization.id).order_by(Organization.id)).first()
    now = datetime.now(UTC)
    for monitor in session.scalars(select(Monitor)):
        make.check(session, monitor, int(now.timestamp()), Outcome.DOWN, detail="x")
        make.incident(session, monitor, started_at=now)
        begin = hour_of(int(now.timestamp()))
        writing.hours(session, [monitor.id], low=begin, high=begin + HOUR)
        writing.day(session, [monitor.id], begin=day_of(begin))
    session.commit()
    client.post("organization/deletion", MEANT)
    erase(session)
    session.commit()
    for name in owned_tables(session):
        query = text(f"SELECT count(*) FROM {name} WHERE organization_id = :mine")
        # The audit log outlives what it tells of. By the other row the archive knows whose checks leave its files.
        expected = 1 if name in {"archive_erasures", "audit_heads"} else 0
        if name != "audit_entries":
            assert session.execute(query, {"mine": mine}).scalar() == expected, name
    assert session.scalars(select(func.count()).select_from(Organization)).one() == 1
    assert {path: stranger.read(path)["items"] for path in kept} == kept


def test_what_it_asked_strangers_counts_for_a_day_also_against_the_next(
    client: ApiClient, session: Session
) -> None:
    client.make("contacts", name="Eve", channels=[{"kind": "email", "address": "eve@example.test"}])
    asked_at = session.scalars(select(Delivery.created_at)).one()
    client.post("organization/deletion", MEANT)
    asked_at += timedelta(days=31)
    session.execute(update(Delivery).values(created_at=asked_at))
    day = asked_at + timedelta(days=1)
    assert erasing.begin_organization(session, now=day)
    assert not erasing.purge_some(session, now=day - timedelta(seconds=1))
    assert erasing.purge_some(session, now=day)


def test_who_lost_their_only_organization_registers_again(
    app: Flask, client: ApiClient, session: Session
) -> None:
    client.post("organization/deletion", MEANT)
    erase(session)
    session.commit()
    letters(app)
    body = {"email": "ada@example.test", "password": "a long passphrase", "organization_name": "X"}
    client.post("auth/register", body)
    (mail,) = letters(app)
    token = mail.link.rpartition("/")[2]
    answer = {"token": token, "password": "a long passphrase"}
    assert client.post("auth/confirm-registration", answer).status_code == 201


def test_an_account_is_deleted_with_its_memberships_and_machines(
    app: Flask, client: ApiClient, session: Session
) -> None:
    admin = join(client, app, "adam", "admin")
    machine_callers.new_key(admin)
    letters(app)
    assert admin.post("me/deletion", {"current_password": "not it"}).status_code == 422
    assert admin.post("me/deletion", PROOF).status_code == 204
    assert admin.get("monitors").status_code == 401
    assert session.scalars(select(func.count()).select_from(UserSession)).one() == 1
    assert [(each.event, each.address) for each in letters(app)] == [
        (AccountEvent.ACCOUNT_CLOSED, "adam@example.test")
    ]
    assert erasing.erase_account(session, now=database_now(session) + timedelta(days=14))
    assert session.scalars(select(User.email)).all() == ["ada@example.test"]
    assert len(client.read("members")["items"]) == 1
    assert client.read("api-keys")["items"] == []


@pytest.mark.abuse(51)
def test_the_last_owner_of_any_organization_stays(
    app: Flask, client: ApiClient, register: Callable[[str], ApiClient]
) -> None:
    response = client.post("me/deletion", PROOF)
    assert response.status_code == 409
    assert "Shop" in body_of(response)["detail"]
    assert client.get("me").status_code == 200
    register("zoe")
    join(client, app, "olga", "owner")
    assert client.post("me/deletion", PROOF).status_code == 204


def test_one_sees_what_is_kept_of_oneself_in_all_organizations(
    client: ApiClient, stranger: ApiClient
) -> None:
    machine_callers.new_key(client)
    machine_callers.new_key(stranger)
    client.make("invitations", email="olga@example.test", role="viewer")
    shown = client.read("me/data")
    assert shown["user"]["email"] == "ada@example.test"
    assert [each["role"] for each in shown["memberships"]] == ["owner"]
    assert [each["name"] for each in shown["api_keys"]] == ["Robot"]
    assert [each["email"] for each in shown["invitations"]] == ["olga@example.test"]
    assert (len(shown["sessions"]), shown["service_accounts"], shown["saved_views"]) == (1, [], [])
    assert "argon2" not in client.get("me/data").text


def test_the_owners_hear_of_a_new_machine(app: Flask, client: ApiClient) -> None:
    admin = join(client, app, "adam", "admin")
    letters(app)
    machine_callers.new_key(admin)
    machine_callers.new_account(admin)
    notified = letters(app)
    assert [(each.event, each.address) for each in notified] == [
        (AccountEvent.MACHINE_MADE, "ada@example.test")
    ] * 2
    assert dict(notified[0].facts) == {
        "Organization": "Shop",
        "API key": "Robot",
        "Made by": "adam@example.test",
    }
