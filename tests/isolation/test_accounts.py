"""Accounts with the rights of each process: who asks, who sends the mails, and who takes away."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent, AccountMailContent
from models import AccountMail, Invitation, Organization, User
from models.session import database_now
from services.accounts import mails as account_mails
from services.accounts import one_time_links
from services.accounts import sessions as user_sessions
from services.accounts.login import throttle
from services.closures import erasing
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.isolation.acting import As
from tests.isolation.conftest import Two

NEW = {"email": "new@example.test", "password": "a long passphrase", "organization_name": "X"}
SENDER, KEEPER = "downtime_notifications", "downtime_housekeeping"


def sent(app: Flask, acting: As) -> list[AccountMailContent]:
    """Take all mails that wait, with the rights of who sends them."""
    links = app.extensions["downtime"].links
    taken: list[AccountMailContent] = []
    while True:
        with acting(SENDER) as session:
            now = database_now(session)
            claimed = account_mails.claim(session, links=links, now=now)
        if claimed is None:
            return taken
        with acting(SENDER) as session:
            account_mails.mark_sent(session, claimed, now=now)
        taken.append(claimed.content)


def token_of(content: AccountMailContent) -> str:
    return content.link.rpartition("/")[2]


def test_an_account_is_opened_forgotten_moved_and_deleted(app: Flask, two: Two, acting: As) -> None:
    new = ApiClient(app)
    for email in ("new@example.test", "ada@example.test"):
        assert new.post("auth/register", {**NEW, "email": email}).status_code == 202
    unknown, known = sent(app, acting)
    assert (unknown.is_known, known.is_known) == (False, True)
    body = {"token": token_of(unknown), "password": NEW["password"]}
    new.use(new.post("auth/confirm-registration", body))
    new.post("auth/forgot-password", {"email": NEW["email"]})
    (content,) = sent(app, acting)
    body = {"token": token_of(content), "password": PASSWORD}
    assert new.post("auth/reset-password", body).status_code == 204
    login = {"email": NEW["email"], "password": PASSWORD}
    new.use(new.post("auth/login", login))
    body = {"current_password": PASSWORD, "email": "newer@example.test"}
    assert new.post("me/email", body).status_code == 202
    _, allow, confirm = sent(app, acting)
    for reader, each in (("present", allow), ("next", confirm)):
        body = {"reader": reader, "token": token_of(each)}
        assert new.post("auth/confirm-email", body).status_code == 200
    assert new.read("me/data")["user"]["email"] == "newer@example.test"
    two.mine.make("invitations", email="newer@example.test", role="owner")
    (invitation,) = [each for each in sent(app, acting) if each.event is AccountEvent.INVITATION]
    body = {"token": token_of(invitation), "password": PASSWORD}
    assert new.post("auth/accept-invitation", body).status_code == 201
    # The last owner of their own organization, and one of two of the other.
    assert new.post("me/deletion", {"current_password": PASSWORD}).status_code == 409
    meant = {"current_password": PASSWORD, "name": "X"}
    assert new.post("organization/deletion", meant).status_code == 202
    assert body_of(new.post("auth/login", {**login, "email": "newer@example.test"}))


def test_a_failed_login_is_counted_and_told(app: Flask, two: Two, acting: As) -> None:
    del two
    body = {"email": "ada@example.test", "password": "not it"}
    answers = [ApiClient(app).post("auth/login", body).status_code for _ in range(5)]
    assert answers == [401] * 5
    assert [each.event for each in sent(app, acting)] == [AccountEvent.FAILED_LOGINS]


@pytest.mark.abuse(80)
def test_a_wrong_secret_is_counted_by_the_invitation_that_it_came_with(
    app: Flask, two: Two, acting: As
) -> None:
    for email in ("ada@example.test", "new@example.test"):
        two.theirs.make("invitations", email=email, role="viewer")
    (token, _) = [token_of(each) for each in sent(app, acting)]
    body = {"token": token, "password": "not it"}
    assert ApiClient(app).post("auth/accept-invitation", body).status_code == 401
    with acting(KEEPER) as session:
        query = select(Invitation.email, Invitation.failures)
        assert dict(session.execute(query).all()) == {"ada@example.test": 1, "new@example.test": 0}


def test_a_deleted_organization_is_taken_away(app: Flask, two: Two, acting: As) -> None:
    two.mine.make_monitor()
    two.theirs.make_monitor()
    meant = {"current_password": PASSWORD, "name": "Shop"}
    assert two.mine.post("organization/deletion", meant).status_code == 202
    assert [each.event for each in sent(app, acting)] == [AccountEvent.ORGANIZATION_CLOSED]
    later = datetime.now(UTC) + timedelta(days=31)
    with acting(KEEPER) as session:
        assert erasing.begin_organization(session, now=later)
        assert not erasing.begin_organization(session, now=later)
    for _ in range(2):
        with acting(KEEPER) as session:
            assert erasing.purge_some(session, now=later)
    with acting(KEEPER) as session:
        assert not erasing.purge_some(session, now=later)
        assert session.scalars(select(func.count(Organization.id))).one() == 1
    assert len(two.theirs.read("monitors")["items"]) == 1


def test_a_closed_account_is_taken_away_by_who_may_read_no_password(
    app: Flask, two: Two, acting: As
) -> None:
    two.mine.make("invitations", email="new@example.test", role="owner")
    (invitation,) = sent(app, acting)
    new = ApiClient(app)
    body = {"token": token_of(invitation), "password": PASSWORD}
    new.use(new.post("auth/accept-invitation", body))
    assert new.post("me/deletion", {"current_password": PASSWORD}).status_code == 204
    later = datetime.now(UTC) + timedelta(days=15)
    with acting(KEEPER) as session:
        assert erasing.erase_account(session, now=later)
        assert not erasing.erase_account(session, now=later)
    with acting("downtime_api") as session:
        assert _count(session, "users") == 2


def test_what_is_over_is_forgotten(app: Flask, two: Two, acting: As) -> None:
    two.mine.post("auth/register", NEW)
    two.mine.post("auth/login", {"email": "ada@example.test", "password": "not it"})
    later = datetime.now(UTC) + timedelta(days=60)
    with acting(KEEPER) as session:
        for service in (user_sessions, one_time_links, account_mails, throttle):
            service.purge(session, now=later)
    tables = ("user_sessions", "account_requests", "account_mails", "login_failures")
    with acting("downtime_api") as session:
        assert [_count(session, table) for table in tables] == [0] * 4
    assert two.mine.get("me").status_code == 401
    del app


def _count(session: Session, table: str) -> int:
    return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_the_mails_are_for_the_sender_to_change_and_passwords_not_to_be_read(
    two: Two, acting: As
) -> None:
    del two
    with acting(SENDER) as session:
        rights = "SELECT has_column_privilege('users', 'password_hash', 'SELECT')"
        assert session.scalar(text(rights)) is False
    with acting("downtime_api") as session:
        assert (
            session.scalar(text("SELECT has_table_privilege('account_mails', 'UPDATE')")) is False
        )
        assert session.scalars(select(AccountMail)).all() == []
        assert session.scalars(select(func.count(User.id))).one() == 2
