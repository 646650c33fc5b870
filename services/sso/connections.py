"""Connections of an organization to its identity providers. The client secret is never shown."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import PERMISSIONS, Permission, Role
from models import DataKey, Organization, SsoConnection, SsoIdentity
from security import vault
from security.oidc.provider import is_issuer
from security.vault import KeyRing
from services import data_keys, lookup, pagination, quotas
from services.accounts.members import refuse_above
from services.errors import Conflict, Invalid
from services.policies import policies

_NOUN = "single sign-on connection"
_BY_NAME = pagination.Order(scope="sso-connections", columns=(SsoConnection.name,))
MOST_GROUPS = 100
NOT_BY_MAP = frozenset({Role.OWNER, Role.CUSTOM})
"""Roles that a provider cannot give: an owner is appointed by an owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionValues:
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: Sequence[str] = ()
    groups_claim: str = "groups"
    role_map: Mapping[str, str] = field(default_factory=dict)
    default_role: Role = Role.VIEWER
    verifies_addresses: bool = False
    enabled: bool = True


class ConnectionChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: Sequence[str]
    groups_claim: str
    role_map: Mapping[str, str]
    default_role: Role
    verifies_addresses: bool
    enabled: bool


def create(
    session: Session,
    organization_id: int,
    values: ConnectionValues,
    *,
    own: frozenset[Permission],
    ring: KeyRing,
    now: datetime,
) -> SsoConnection:
    """Create a connection and seal its secret. Raise `Forbidden` for roles above the caller's."""
    quotas.refuse_unless_included(session, organization_id, "sso")
    _check(values.issuer, values.role_map, values.default_role, own)
    quotas.take(session, organization_id, "sso_connections")
    row = SsoConnection(
        public_id=uuid.uuid4(),
        organization_id=organization_id,
        name=values.name,
        issuer=values.issuer,
        client_id=values.client_id,
        version=0,
        scopes=list(values.scopes),
        groups_claim=values.groups_claim,
        role_map=dict(values.role_map),
        default_role=values.default_role,
        verifies_addresses=values.verifies_addresses,
        enabled=values.enabled,
        created_at=now,
        updated_at=now,
    )
    _seal(session, row, values.client_secret, ring=ring, now=now)
    session.add(row)
    lookup.flush_unique(session, f"a {_NOUN}")
    return row


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[SsoConnection]:
    """List the connections by name."""
    query = select(SsoConnection).where(SsoConnection.organization_id == organization_id)
    return pagination.read(session, query, _BY_NAME, request)


def find(session: Session, organization_id: int, connection_id: uuid.UUID) -> SsoConnection:
    """Return a connection. Raise `NotFound` if there is none."""
    return lookup.find(session, SsoConnection, organization_id, connection_id, _NOUN)


def change(  # noqa: PLR0913 - what it is made of, and with
    session: Session,
    organization_id: int,
    connection_id: uuid.UUID,
    changes: ConnectionChanges,
    *,
    own: frozenset[Permission],
    ring: KeyRing,
    now: datetime,
) -> SsoConnection:
    """Change the given fields.

    Another issuer or client is another provider: its subjects are other people, so the identities
    of before end, with their sessions. The secret has to be given again, because it would be sent
    elsewhere.
    """
    row = lookup.locked(session, SsoConnection, organization_id, connection_id, _NOUN)
    rest = dict(changes)
    secret = rest.pop("client_secret", None)
    issuer = changes.get("issuer", row.issuer)
    is_another = (issuer, changes.get("client_id", row.client_id)) != (row.issuer, row.client_id)
    if issuer != row.issuer and secret is None:
        wrong = "Must be entered again, because it would be sent to another issuer."
        raise Invalid({"client_secret": [wrong]})
    role_map = changes.get("role_map", row.role_map)
    _check(issuer, role_map, changes.get("default_role", row.default_role), own)
    if changes.get("enabled") is False or is_another:
        refuse_last(session, row)
    for name, value in rest.items():
        setattr(row, name, value)
    if is_another:
        unlink(session, row)
    if secret is not None:
        _seal(session, row, str(secret), ring=ring, now=now)
    row.updated_at = now
    lookup.flush_unique(session, f"a {_NOUN}")
    return row


def delete(session: Session, organization_id: int, connection_id: uuid.UUID) -> None:
    """Delete a connection, its identities and their sessions. The members stay."""
    row = lookup.locked(session, SsoConnection, organization_id, connection_id, _NOUN)
    refuse_last(session, row)
    session.execute(delete_rows(SsoConnection).where(SsoConnection.id == row.id))


def unlink(session: Session, connection: SsoConnection) -> None:
    """End all identities of a connection, with their sessions."""
    session.execute(delete_rows(SsoIdentity).where(SsoIdentity.sso_connection_id == connection.id))


def secret_of(session: Session, connection: SsoConnection, *, ring: KeyRing) -> str:
    """Return the client secret. The session acts for the organization of the connection."""
    organization = session.get_one(Organization, connection.organization_id)
    key = data_keys.opened(session.get_one(DataKey, connection.data_key_id), ring)
    sealed = vault.Sealed(connection.nonce, connection.ciphertext)
    return key.open(sealed, bound_to=_place(connection, organization.public_id)).decode()


def refuse_last(session: Session, connection: SsoConnection) -> None:
    """Raise `Conflict` for the only enabled connection while the policy demands one."""
    policy = policies.of(session, connection.organization_id)
    if not policy.demands_sso:
        return
    another = session.scalar(
        select(SsoConnection.id)
        .where(
            SsoConnection.organization_id == connection.organization_id,
            SsoConnection.enabled,
            SsoConnection.id != connection.id,
        )
        .limit(1)
    )
    if another is None:
        raise Conflict(
            "The policy demands single sign-on, and this is the only connection."
            " Allow another way to log in first."
        )


def _check(
    issuer: str, role_map: Mapping[str, str], default_role: Role, own: frozenset[Permission]
) -> None:
    problems: dict[str, list[str]] = {}
    if not is_issuer(issuer):
        problems["issuer"] = ["Must be an address that begins with https://, without a query."]
    if len(role_map) > MOST_GROUPS:
        problems["role_map"] = [f"Must have at most {MOST_GROUPS} groups."]
    if any(role not in set(Role) - NOT_BY_MAP for role in role_map.values()):
        problems["role_map"] = ["A group can have any role but `owner` and `custom`."]
    if default_role in NOT_BY_MAP:
        problems["default_role"] = ["Must be any role but `owner` and `custom`."]
    if problems:
        raise Invalid(problems)
    refuse_above(own, *(PERMISSIONS[Role(role)] for role in (default_role, *role_map.values())))


def _seal(
    session: Session, row: SsoConnection, secret: str, *, ring: KeyRing, now: datetime
) -> None:
    data_key = data_keys.to_seal_with(session, row.organization_id, ring=ring, now=now)
    organization = session.get_one(Organization, row.organization_id)
    row.version += 1
    sealed = data_keys.opened(data_key, ring).seal(
        secret.encode(), bound_to=_place(row, organization.public_id)
    )
    row.data_key_id, row.nonce, row.ciphertext = data_key.id, sealed.nonce, sealed.ciphertext


def _place(row: SsoConnection, organization: uuid.UUID) -> bytes:
    return vault.place(
        "sso", organization=organization, row=row.public_id, kind="oidc", version=row.version
    )
