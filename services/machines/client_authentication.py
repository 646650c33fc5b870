"""Authenticates service accounts at the token endpoint, each by its registered scheme."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.machines import Scheme
from domain.organization_policy import is_key_over
from domain.permissions import Permission
from models import ClientAssertion, DataKey, Membership, Organization, ServiceAccount
from models.session import act_for
from security.jwt import client_assertions
from security.jwt.client_assertions import AssertionRefused
from security.login import machine_secrets
from security.vault import KeyRing
from services import data_keys
from services.access import access
from services.machines import machines
from services.policies import policies

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client presents: its id with a secret, an assertion, or its TLS certificate."""

    client_id: uuid.UUID
    scheme: Scheme
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """An authenticated service account, and what its creator may do, which limits it."""

    account: ServiceAccount
    organization: Organization
    own: frozenset[Permission]


def authenticate(
    session: Session, proof: Proof, *, ring: KeyRing, issuer: str, now: datetime
) -> Client | None:
    """Return the client of a proof and act for its organization; None does not reveal why."""
    named = ServiceAccount.public_id == proof.client_id
    act_for(session, select(ServiceAccount.organization_id).where(named))
    row = session.execute(
        select(ServiceAccount, Organization, Membership)
        .join(Organization, Organization.id == ServiceAccount.organization_id)
        .join(
            Membership,
            (Membership.organization_id == ServiceAccount.organization_id)
            & (Membership.user_id == ServiceAccount.created_by),
        )
        .where(named, ServiceAccount.disabled.is_(False))
    ).one_or_none()
    client = None if row is None else _client(session, *row)
    if not _is_proven(session, client, proof, ring=ring, issuer=issuer, now=now):
        return None
    if client is None or proof.scheme not in client.organization.machine_schemes:
        return None
    policy = policies.of(session, client.organization.id)
    return None if machines.is_secret_over(policy, client.account, now=now) else client


def _client(
    session: Session, account: ServiceAccount, organization: Organization, creator: Membership
) -> Client:
    own = access.of_role(session, creator.role, creator.custom_role_id)
    return Client(account, organization, own)


def purge(session: Session, *, now: datetime) -> None:
    """Delete assertions that are too old to be accepted."""
    session.execute(delete(ClientAssertion).where(ClientAssertion.expires_at < now))


def _is_proven(
    session: Session,
    client: Client | None,
    proof: Proof,
    *,
    ring: KeyRing,
    issuer: str,
    now: datetime,
) -> bool:
    account = client.account if client and client.account.scheme is proof.scheme else None
    if proof.scheme is Scheme.CLIENT_SECRET:
        return _knows_secret(session, account, proof.text, ring, now)
    if account is None:
        return False
    if proof.scheme is Scheme.TLS_CLIENT_AUTH:
        return account.certificate_thumbprint == proof.text
    return _proves_key(session, account, proof.text, issuer=issuer, now=now)


def _knows_secret(
    session: Session, account: ServiceAccount | None, secret: str, ring: KeyRing, now: datetime
) -> bool:
    """Compare even without an account, so that an unknown client takes as long as a wrong secret."""
    if account is None or account.data_key_id is None:
        return machine_secrets.is_kept(secret, None)
    key = data_keys.opened(session.get_one(DataKey, account.data_key_id), ring)
    previous = account.previous_hash if _is_in_overlap(session, account, now) else None
    return machine_secrets.is_kept(secret, key, account.secret_hash, previous)


def _is_in_overlap(session: Session, account: ServiceAccount, now: datetime) -> bool:
    """Return whether the previous secret is valid: its own age counts, not that of the new one."""
    until, made_at = account.previous_until, account.previous_made_at
    if until is None or until <= now:
        return False
    policy = policies.of(session, account.organization_id)
    return made_at is None or not is_key_over(policy, made_at, now=now)


def _proves_key(
    session: Session, account: ServiceAccount, text: str, *, issuer: str, now: datetime
) -> bool:
    try:
        assertion = client_assertions.verify(
            text, account.jwks or [], client_id=account.public_id, issuer=issuer, now=now
        )
    except AssertionRefused as error:
        log.info("client_assertion_refused", account_id=account.id, reason=str(error))
        return False
    values = {
        "service_account_id": account.id,
        "jti_hash": hashlib.sha256(assertion.jti.encode()).digest(),
        "organization_id": account.organization_id,
        "expires_at": assertion.forgotten_at,
    }
    first = insert(ClientAssertion).values(values).on_conflict_do_nothing()
    return session.scalar(first.returning(ClientAssertion.service_account_id)) is not None
