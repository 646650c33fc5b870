"""Machine callers: their identity, and their current permissions."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.orm import Session

from domain.machines import Scheme
from domain.organization_policy import Policy, is_from, is_key_over
from domain.permissions import Permission, Role, of_machine
from models import (
    ApiKey,
    DataKey,
    Membership,
    Organization,
    OrganizationPolicy,
    RevokedToken,
    ServiceAccount,
)
from models.session import act_for
from security.jwt.tokens import MachineClaims
from security.login import machine_secrets
from security.login.machine_secrets import ApiKeyText
from security.vault import KeyRing
from services import data_keys
from services.access import access
from services.accounts import accounts
from services.policies import policies

_IS_OF_ORGANIZATION = OrganizationPolicy.organization_id == Organization.id
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A valid key or account; the user `user_id` is responsible for it."""

    public_id: uuid.UUID
    name: str
    organization_id: int
    user_id: int
    role: Role
    permissions: frozenset[Permission]
    policy: Policy


Found = tuple[Machine, datetime]
"""A machine, and the database's time of the lookup."""


def by_key(
    session: Session,
    key: ApiKeyText,
    address: IPv4Address | IPv6Address | None,
    *,
    ring: KeyRing,
) -> Found | None:
    """Return the machine of a key used from an address, and act for its organization.

    The lookup takes the same time if there is none.
    """
    act_for(session, select(ApiKey.organization_id).where(ApiKey.key_id == key.key_id))
    row = _key_row(session, key)
    data_key = None if row is None else data_keys.opened(row.DataKey, ring)
    hashes = () if row is None else _hashes(row.ApiKey, row.now)
    if not machine_secrets.is_kept(key.text, data_key, *hashes) or row is None:
        return None
    stored = row.ApiKey
    policy = policies.stated(row.OrganizationPolicy)
    good = (
        stored.expires_at > row.now
        and not is_key_over(policy, stored.created_at, now=row.now)
        and Scheme.API_KEY in row.machine_schemes
        and is_from(stored.networks, address)
    )
    if not good:
        return None
    note_use(session, stored, now=row.now)
    return _machine(session, stored, row.Membership, stored.scopes, policy), row.now


def by_token(session: Session, claims: MachineClaims) -> Found | None:
    """Return the machine of a verified token, with the scopes that it still has."""
    accounts.act_for_organization(session, claims.organization_id)
    row = session.execute(
        select(
            ServiceAccount,
            Membership,
            Organization.machine_schemes,
            Organization.token_epoch,
            OrganizationPolicy,
            func.clock_timestamp().label("now"),
        )
        .join(Organization, Organization.id == ServiceAccount.organization_id)
        .join(OrganizationPolicy, _IS_OF_ORGANIZATION, isouter=True)
        .join(
            Membership,
            (Membership.organization_id == ServiceAccount.organization_id)
            & (Membership.user_id == ServiceAccount.created_by),
        )
        .where(
            Organization.public_id == claims.organization_id,
            ServiceAccount.public_id == claims.client_id,
            ServiceAccount.disabled.is_(False),
            ~exists().where(RevokedToken.jti == claims.jti),
        )
    ).one_or_none()
    if row is None or claims.epoch != epoch(row.token_epoch, row.ServiceAccount):
        return None
    if row.ServiceAccount.scheme not in row.machine_schemes:
        return None
    policy = policies.stated(row.OrganizationPolicy)
    if is_secret_over(policy, row.ServiceAccount, now=row.now):
        return None
    scopes = set(row.ServiceAccount.scopes) & set(claims.scopes)
    return _machine(session, row.ServiceAccount, row.Membership, scopes, policy), row.now


def is_secret_over(policy: Policy, account: ServiceAccount, *, now: datetime) -> bool:
    """Return whether the secret of an account is older than the policy allows, if it has one."""
    made_at = account.secret_made_at
    return made_at is not None and is_key_over(policy, made_at, now=now)


def epoch(of_organization: int, account: ServiceAccount) -> str:
    """Return the epoch that a valid token has to contain."""
    return f"{of_organization}.{account.token_epoch}"


def note_use(session: Session, machine: ApiKey | ServiceAccount, *, now: datetime) -> None:
    """Record the last use, to the minute, without waiting for concurrent requests."""
    if machine.last_used_at is not None and now - machine.last_used_at < _NOTED_EVERY:
        return
    table = type(machine)
    free = select(table.id).where(table.id == machine.id).with_for_update(skip_locked=True)
    session.execute(
        update(table)
        .where(table.id.in_(free))
        .values(last_used_at=now, updated_at=table.updated_at)
        .execution_options(synchronize_session=False)
    )


def _key_row(
    session: Session, key: ApiKeyText
) -> Row[tuple[ApiKey, DataKey, Membership, list[str], OrganizationPolicy, datetime]] | None:
    return session.execute(
        select(
            ApiKey,
            DataKey,
            Membership,
            Organization.machine_schemes,
            OrganizationPolicy,
            func.clock_timestamp().label("now"),
        )
        .join(DataKey, DataKey.id == ApiKey.data_key_id)
        .join(Organization, Organization.id == ApiKey.organization_id)
        .join(OrganizationPolicy, _IS_OF_ORGANIZATION, isouter=True)
        .join(
            Membership,
            (Membership.organization_id == ApiKey.organization_id)
            & (Membership.user_id == ApiKey.created_by),
        )
        .where(ApiKey.key_id == key.key_id)
    ).one_or_none()


def _hashes(key: ApiKey, now: datetime) -> tuple[bytes | None, ...]:
    """Return the hashes of the valid secrets: the current one, and a previous one in overlap."""
    is_over = key.previous_until is None or key.previous_until <= now
    return key.secret_hash, None if is_over else key.previous_hash


def _machine(
    session: Session,
    row: ApiKey | ServiceAccount,
    membership: Membership,
    scopes: set[str] | list[str],
    policy: Policy,
) -> Machine:
    own = access.of_role(session, membership.role, membership.custom_role_id)
    return Machine(
        public_id=row.public_id,
        name=row.name,
        organization_id=row.organization_id,
        user_id=row.created_by,
        role=membership.role,
        permissions=of_machine(own, scopes),
        policy=policy,
    )
