"""One of everything that an organization can have, by the names that ids have in paths."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Outcome
from domain.permissions import Role
from models import Delivery, Incident, Membership, Monitor, Passkey
from models.delivery import DeliveryState
from models.session import database_now
from tests.api.client import ApiClient, body_of
from tests.factories import monitors as make
from tests.factories.exports import RECIPIENT
from tests.factories.recipients import Holder

Ids = dict[str, str]
PROVIDER = {
    "name": "Provider",
    "issuer": "https://id.shop.test",
    "client_id": "downtime",
    "client_secret": "a secret of the provider",
}


def one_of_each(client: ApiClient, session: Session) -> Ids:
    ids = _notified(client) | _members(client) | _machines(client) | _shared(client)
    ids |= _duties(client, ids["contact_id"])
    ids |= _watched(client, ids["group_id"])
    ids |= _asked_for(client, ids["monitor_id"]) | _happened(session)
    return ids | {"entry_id": client.read("audit-entries")["items"][0]["id"]}


def _notified(client: ApiClient) -> Ids:
    channels = [{"kind": "email", "address": "ada@example.test"}]
    contact = client.make("contacts", name="Ada", channels=channels)
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    template = client.make("message-templates", event="down", text="Shop: {{ cause }}")
    robot = {"name": "Robot", "url": "https://robot.test/", "events": ["*"]}
    return {
        "contact_id": contact["id"],
        "channel_id": contact["channels"][0]["id"],
        "group_id": group["id"],
        "template_id": template["id"],
        "subscription_id": client.make("event-subscriptions", **robot)["id"],
    }


def _members(client: ApiClient) -> Ids:
    invitation = client.make("invitations", email="olga@example.test", role="viewer")
    return {
        "invitation_id": invitation["id"],
        "member_id": client.read("me")["user"]["id"],
        "session_id": client.read("sessions")["items"][0]["id"],
    }


def _shared(client: ApiClient) -> Ids:
    role = client.make("custom-roles", name="Desk", permissions=["incident:read"])
    return {
        "project_id": client.make("projects", name="First")["id"],
        "team_id": client.make("teams", name="Days")["id"],
        "custom_role_id": role["id"],
        "sso_connection_id": client.make("sso-connections", **PROVIDER)["id"],
        "domain_id": client.make("domains", name="shop.test")["id"],
    }


def _machines(client: ApiClient) -> Ids:
    robot = {"name": "Robot", "scopes": ["monitor:read"]}
    account = client.make("service-accounts", scheme="client_secret", **robot)
    return {
        "api_key_id": client.make("api-keys", **robot)["id"],
        "service_account_id": account["id"],
        "recipient_id": Holder().register(client)["id"],
    }


def _duties(client: ApiClient, contact_id: str) -> Ids:
    target = {"kind": "contact", "id": contact_id}
    steps = [{"wait_minutes": 5, "targets": [target]}]
    turns = {
        "contact_ids": [contact_id],
        "local_start": "2026-01-05T09:00:00",
        "handoff": {"kind": "daily"},
    }
    schedule = client.make("on-call-schedules", name="Primary", layers=[turns])
    holidays = {"from": "2035-01-01T00:00:00Z", "to": "2035-01-02T00:00:00Z"}
    overrides = f"on-call-schedules/{schedule['id']}/overrides"
    return {
        "policy_id": client.make("escalation-policies", name="Night", steps=steps)["id"],
        "schedule_id": schedule["id"],
        "override_id": client.make(overrides, contact_id=contact_id, **holidays)["id"],
    }


def _watched(client: ApiClient, group_id: str) -> Ids:
    credential = client.make(
        "credentials", name="Shop login", scheme="bearer", fields={"token": "t-0123456789"}
    )
    monitor = client.make_monitor(
        contact_group_ids=[group_id], credential_ids=[credential["id"]], tags=["secret"]
    )
    window = client.make(
        "maintenance-windows", name="Deploy", monitor_ids=[monitor["id"]], duration_seconds=3600
    )
    objective = {"name": "Shop", "monitor_id": monitor["id"], "target_percent": 99.9}
    return {
        "credential_id": credential["id"],
        "monitor_id": monitor["id"],
        "window_id": window["id"],
        "slo_id": client.make("slos", **objective)["id"],
    }


def _asked_for(client: ApiClient, monitor_id: str) -> Ids:
    wanted = {"document": "checks", "format": "csv", "recipient": RECIPIENT}
    return {
        "export_id": body_of(client.post("exports", wanted))["id"],
        "test_run_id": body_of(client.post(f"monitors/{monitor_id}/check?test_run=true"))["id"],
    }


def _happened(session: Session) -> Ids:
    """Let a check have found an outage, of which nobody could be told."""
    monitor = session.scalars(select(Monitor)).one()
    now = database_now(session)
    slot = int(now.timestamp()) + 1
    make.check(session, monitor, slot, Outcome.DOWN, detail="Answered 500.")
    incident = make.incident(session, monitor, started_at=now)
    # Dead, so that it can be sent again.
    delivery = _delivery(incident)
    passkey = _passkey(session, monitor.organization_id, now)
    session.add_all([delivery, passkey])
    session.commit()
    return {
        "incident_id": str(incident.public_id),
        "delivery_id": str(delivery.public_id),
        "passkey_id": str(passkey.public_id),
        "checked_at": make.at(slot).isoformat().replace("+00:00", "Z"),
    }


def _passkey(session: Session, organization_id: int, now: datetime) -> Passkey:
    """Return a passkey of the owner. To register one would end the other sessions."""
    owner = select(Membership.user_id).where(
        Membership.organization_id == organization_id, Membership.role == Role.OWNER
    )
    return Passkey(
        user_id=session.scalars(owner).one(),
        credential_id=b"credential",
        public_key=b"key",
        sign_count=0,
        name="Laptop",
        backup_eligible=True,
        backed_up=True,
        created_at=now,
    )


def _delivery(incident: Incident) -> Delivery:
    return Delivery(
        organization_id=incident.organization_id,
        dedup_key=f"incident/{incident.id}/down",
        incident_id=incident.id,
        event=AlertEvent.DOWN,
        kind="email",
        address="ada@example.test",
        state=DeliveryState.DEAD,
        next_attempt_at=incident.started_at,
        created_at=incident.started_at,
    )
