"""API keys: limited to their creator's permissions, shown once, renewed with an overlap."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.organization_policy import Policy, key_end
from domain.permissions import Permission
from models import ApiKey, DataKey
from security.login import machine_secrets
from security.vault import KeyRing
from services import data_keys, lookup, pagination, permissions, quotas
from services.accounts import mails as account_mails
from services.errors import Invalid
from services.permissions import Maker, Renewal
from services.policies import policies

LONGEST_LIFE = timedelta(days=400)
USUAL_LIFE = timedelta(days=90)
_NOUN = "API key"
_ORDER = pagination.Order(scope="api-keys", columns=(ApiKey.name, ApiKey.public_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyValues:
    name: str
    scopes: Sequence[str]
    networks: Sequence[str] = ()
    expires_at: datetime | None = None


class ApiKeyChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    scopes: Sequence[str]
    networks: Sequence[str]


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A key as displayed; the text only right after it was created."""

    key: ApiKey
    policy: Policy
    text: str | None = field(default=None, repr=False)

    @property
    def expires_at(self) -> datetime:
        """When the key ends: the policy may be stricter than it was when the key was made."""
        return key_end(self.policy, self.key.created_at, self.key.expires_at)

    @property
    def previous_until(self) -> datetime | None:
        """When the previous secret ends, which is not after the key."""
        until = self.key.previous_until
        return None if until is None else min(until, self.expires_at)


def create(
    session: Session,
    organization_id: int,
    values: ApiKeyValues,
    *,
    maker: Maker,
    ring: KeyRing,
    now: datetime,
) -> ApiKeyView:
    """Create a key. Raise `Invalid` for scopes that its creator lacks."""
    quotas.take(session, organization_id, "api_keys")
    scopes = permissions.handed_on(values.scopes, maker.permissions)
    longest = _longest_life(session, organization_id)
    expires_at = _acceptable(values.expires_at or now + min(USUAL_LIFE, longest), longest, now)
    data_key = data_keys.to_seal_with(session, organization_id, ring=ring, now=now)
    text = machine_secrets.new_api_key()
    key = ApiKey(
        organization_id=organization_id,
        created_by=maker.user_id,
        name=values.name,
        key_id=text.key_id,
        scopes=scopes,
        networks=list(values.networks),
        data_key_id=data_key.id,
        secret_hash=machine_secrets.kept(text.text, data_keys.opened(data_key, ring)),
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    session.add(key)
    session.flush()
    account_mails.notify_owners_of_machine(
        session,
        organization_id,
        what="API key",
        name=key.name,
        maker_id=maker.user_id,
        now=now,
    )
    return ApiKeyView(key, policies.of(session, organization_id), text.text)


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[ApiKeyView]:
    """List keys by name."""
    query = select(ApiKey).where(ApiKey.organization_id == organization_id)
    policy = policies.of(session, organization_id)
    found = pagination.read(session, query, _ORDER, request)
    return found.each(lambda key: ApiKeyView(key, policy))


def find(session: Session, organization_id: int, key_id: uuid.UUID) -> ApiKeyView:
    """Return a key without its secret. Raise `NotFound` if there is none."""
    key = lookup.find(session, ApiKey, organization_id, key_id, _NOUN)
    return ApiKeyView(key, policies.of(session, organization_id))


def change(
    session: Session,
    organization_id: int,
    key_id: uuid.UUID,
    changes: ApiKeyChanges,
    *,
    own: frozenset[Permission],
    now: datetime,
) -> ApiKeyView:
    """Change the name, scopes and networks. The caller must have all permissions of the key."""
    key = _locked(session, organization_id, key_id)
    permissions.refuse_more_than_own(key.scopes, own)
    key.name = changes.get("name", key.name)
    key.networks = list(changes.get("networks", key.networks))
    if "scopes" in changes:
        key.scopes = permissions.handed_on(changes["scopes"], own)
    key.updated_at = now
    session.flush()
    return ApiKeyView(key, policies.of(session, organization_id))


def rotate(
    session: Session,
    organization_id: int,
    key_id: uuid.UUID,
    *,
    renewal: Renewal,
    ring: KeyRing,
    now: datetime,
) -> ApiKeyView:
    """Create a new secret for a key.

    The present one stays valid for the overlap; an older one ends.
    """
    key = _locked(session, organization_id, key_id)
    permissions.refuse_more_than_own(key.scopes, renewal.own)
    text = machine_secrets.new_api_key(key.key_id)
    # Both secrets need the same data key, so the row keeps the current one.
    data_key = data_keys.opened(session.get_one(DataKey, key.data_key_id), ring)
    key.previous_hash, key.previous_until = key.secret_hash, now + renewal.overlap
    key.secret_hash = machine_secrets.kept(text.text, data_key)
    key.updated_at = now
    session.flush()
    return ApiKeyView(key, policies.of(session, organization_id), text.text)


def delete(session: Session, organization_id: int, key_id: uuid.UUID) -> None:
    """Delete a key, which ends it at once."""
    session.delete(_locked(session, organization_id, key_id))
    session.flush()


def _locked(session: Session, organization_id: int, key_id: uuid.UUID) -> ApiKey:
    return lookup.locked(session, ApiKey, organization_id, key_id, _NOUN)


def _longest_life(session: Session, organization_id: int) -> timedelta:
    days = policies.of(session, organization_id).longest_key_days
    return LONGEST_LIFE if days is None else min(LONGEST_LIFE, timedelta(days=days))


def _acceptable(expires_at: datetime, longest: timedelta, now: datetime) -> datetime:
    if not now < expires_at <= now + longest:
        raise Invalid(
            {"expires_at": [f"Must be in the future, at most {longest.days} days ahead."]}
        )
    return expires_at
