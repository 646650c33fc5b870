"""The organization to which the examples of the document refer, with the ids that they name."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.request.example_ids import IDS
from api.schemas.examples import PASSWORD
from domain.evaluation.outcome import Outcome
from models import (
    ApiKey,
    Base,
    Channel,
    Contact,
    ContactGroup,
    Credential,
    CustomRole,
    Delivery,
    Domain,
    EscalationPolicy,
    EventSubscription,
    Export,
    Incident,
    Invitation,
    MaintenanceWindow,
    MessageTemplate,
    Monitor,
    OnCallOverride,
    OnCallSchedule,
    Organization,
    Passkey,
    Project,
    Recipient,
    ServiceAccount,
    Slo,
    SsoConnection,
    Team,
    TestRun,
    User,
    UserSession,
)
from security.login import passwords
from server.identity import login_tokens
from services.accounts import accounts
from tests.api.account_mails import invitation_token
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make
from tests.factories.one_of_each import one_of_each

OWNER = "ada@example.com"
CHECKED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)

_TABLES: dict[str, type[Base]] = {
    "api_key": ApiKey,
    "channel": Channel,
    "contact": Contact,
    "credential": Credential,
    "custom_role": CustomRole,
    "delivery": Delivery,
    "domain": Domain,
    "export": Export,
    "passkey": Passkey,
    "group": ContactGroup,
    "incident": Incident,
    "invitation": Invitation,
    "monitor": Monitor,
    "override": OnCallOverride,
    "policy": EscalationPolicy,
    "project": Project,
    "recipient": Recipient,
    "schedule": OnCallSchedule,
    "service_account": ServiceAccount,
    "session": UserSession,
    "slo": Slo,
    "sso_connection": SsoConnection,
    "subscription": EventSubscription,
    "team": Team,
    "template": MessageTemplate,
    "test_run": TestRun,
    "window": MaintenanceWindow,
}


@dataclass(frozen=True, slots=True)
class Shop:
    """`client` is the owner's, logged in as the example of a login does."""

    app: Flask
    session: Session
    client: ApiClient

    def send(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Do what has to happen before an example."""
        response = self.client.send(method, path, json=body)
        assert response.status_code < 300, (method, path, response.text)
        return body_of(response) if response.data else {}


def shop(app: Flask, session: Session) -> Shop:
    """Make the organization."""
    founder = _founded(app)
    ids = one_of_each(founder, session)
    member = _another_member(app, founder)
    heartbeat = founder.make(
        "monitors", name="Backup", kind="heartbeat", settings={"period_seconds": 3600}
    )
    draft = founder.post("monitors/test-runs", {"name": "Shop", "url": "https://shop.test/"})
    for noun, table in _TABLES.items():
        _rename(session, table, ids[f"{noun}_id"], noun)
    _rename(session, User, member, "member")
    _rename(session, Monitor, heartbeat["id"], "heartbeat")
    _rename(session, TestRun, body_of(draft)["id"], "draft")
    monitor = session.scalars(
        select(Monitor).where(Monitor.public_id == UUID(IDS["monitor"]))
    ).one()
    make.check(session, monitor, int(CHECKED_AT.timestamp()), Outcome.UP)
    session.execute(update(Monitor).values(created_at=CHECKED_AT))
    session.execute(update(Channel).values(confirmed_at=None, confirmation_sent_at=None))
    session.commit()
    return Shop(app, session, _logged_in(app, session))


def _logged_in(app: Flask, session: Session) -> ApiClient:
    """Log in by the password alone, as if the passkey were somebody else's for a moment."""
    client = ApiClient(app)
    passkey = session.scalars(select(Passkey)).one()
    owner = passkey.user_id
    passkey.user_id = session.scalars(select(User.id).where(User.id != owner).limit(1)).one()
    session.commit()
    client.use(client.post("auth/login", _LOGIN))
    passkey.user_id = owner
    session.commit()
    return client


_LOGIN = {"email": OWNER, "password": PASSWORD}


def _founded(app: Flask) -> ApiClient:
    client = ApiClient(app)
    now = datetime.now(UTC) - timedelta(minutes=1)
    with app.test_request_context(), app.extensions["downtime"].transaction() as session:
        opened = accounts.found(
            session,
            email=OWNER,
            password_hash=passwords.hashed(PASSWORD),
            organization_name="Shop",
            now=now,
        )
        # What is sealed for an organization names it, so it gets its id before everything else.
        session.execute(update(Organization).values(public_id=UUID(IDS["organization"])))
        session.expire_all()
        tokens = login_tokens.begin(session, opened, now)
    client.token, client.refresh_token = str(tokens["access_token"]), str(tokens["refresh_token"])
    return client


def _another_member(app: Flask, founder: ApiClient) -> str:
    invited = founder.make("invitations", email="olga@example.com", role="viewer")
    token = invitation_token(app, invited["id"])
    accepted = ApiClient(app).post(
        "auth/accept-invitation", {"token": token, "password": "a passphrase of another member"}
    )
    assert accepted.status_code == 201, accepted.text
    (member,) = [
        each for each in founder.read("members")["items"] if each["email"] == "olga@example.com"
    ]
    return str(member["id"])


def _rename(session: Session, table: type[Base], known: str, noun: str) -> None:
    column = table.__table__.c.public_id
    values = {"public_id": UUID(IDS[noun])}
    session.execute(update(table).where(column == UUID(known)).values(values))
    session.commit()
    session.expire_all()
