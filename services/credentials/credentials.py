"""Credentials: how to authenticate at targets; set once, used by many monitors."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

import structlog
from pydantic import ValidationError
from sqlalchemy import delete as delete_rows
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Credential, DataKey, Monitor, MonitorCredential, MonitorState, Organization
from probes.auth.base import SchemeSettings
from security import vault
from security.vault import KeyRing, VaultError
from services import (
    credential_origins,
    data_keys,
    locks,
    lookup,
    pagination,
    quotas,
    secret_fields,
    slow_validation,
)
from services.credentials.settings import CredentialSettings
from services.errors import Conflict
from services.locks import Lock
from services.monitors import lifecycle as monitor_lifecycle
from services.monitors.views import MonitorView
from services.secret_fields import Tree

_ORDER = pagination.Order(scope="credentials", columns=(Credential.name,))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialValues:
    name: str
    scheme: str
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origins: Sequence[str] = ()


class CredentialChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    fields: Mapping[str, Any]
    origins: Sequence[str]


@dataclass(frozen=True, slots=True)
class CredentialView:
    """A credential as displayed; its monitors only if a single one is requested."""

    credential: Credential
    monitor_ids: Sequence[uuid.UUID] = ()


def create(
    session: Session,
    organization_id: int,
    values: CredentialValues,
    *,
    settings: CredentialSettings,
    now: datetime,
) -> CredentialView:
    """Create a credential and seal its fields.

    Raise `Invalid` for fields that do not fit the scheme, and `Conflict` if the name is taken.
    Raise `NeedsValidation` for fields that a child process has to validate.
    """
    fields = _read(values.scheme, values.fields, settings)
    quotas.take(session, organization_id, "credentials")
    credential = Credential(
        public_id=uuid.uuid4(),
        organization_id=organization_id,
        name=values.name,
        scheme=values.scheme,
        origins=credential_origins.checked(values.scheme, values.origins),
        version=0,
        created_at=now,
        updated_at=now,
    )
    _seal(session, credential, fields, ring=settings.ring, now=now)
    session.add(credential)
    _flush_name(session)
    return CredentialView(credential)


def find(session: Session, organization_id: int, credential_id: uuid.UUID) -> CredentialView:
    """Return a credential with its monitors, but without its fields. Raise `NotFound`."""
    credential = _find(session, organization_id, credential_id)
    return CredentialView(credential, _monitor_ids(session, credential))


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[CredentialView]:
    """List credentials by name."""
    query = select(Credential).where(Credential.organization_id == organization_id)
    return pagination.read(session, query, _ORDER, request).each(CredentialView)


def names(
    session: Session, organization_id: int, credential_ids: Sequence[uuid.UUID]
) -> list[tuple[str, str]]:
    """Return the names and schemes of these credentials, in the order of their ids."""
    rows = session.execute(
        select(Credential.public_id, Credential.name, Credential.scheme).where(
            Credential.organization_id == organization_id,
            Credential.public_id.in_(credential_ids),
        )
    )
    found = {public_id: (name, scheme) for public_id, name, scheme in rows}
    return [found[each] for each in credential_ids if each in found]


def change(
    session: Session,
    organization_id: int,
    credential_id: uuid.UUID,
    changes: CredentialChanges,
    *,
    settings: CredentialSettings,
    now: datetime,
) -> CredentialView:
    """Change the given name and fields; a null field is removed.

    Raise `NeedsValidation` for fields that a child process has to validate.
    """
    locks.take(session, Lock.CREDENTIALS, organization_id)
    credential = _find(session, organization_id, credential_id)
    credential.name = changes.get("name", credential.name)
    _go_to(session, credential, changes.get("origins", credential.origins))
    credential.updated_at = now
    _flush_name(session)
    if _replace(session, credential, changes.get("fields", {}), settings=settings, now=now):
        _notify_of_monitors(session, credential, now=now)
    return CredentialView(credential, _monitor_ids(session, credential))


def delete(session: Session, organization_id: int, credential_id: uuid.UUID) -> None:
    """Delete a credential. Raise `Conflict` while a monitor uses it, or `NotFound`."""
    locks.take(session, Lock.CREDENTIALS, organization_id)
    credential = _find(session, organization_id, credential_id)
    used = len(_monitor_ids(session, credential))
    if used:
        monitors = "a monitor uses" if used == 1 else f"{used} monitors use"
        raise Conflict(f"This credential cannot be deleted while {monitors} it.")
    session.execute(delete_rows(Credential).where(Credential.id == credential.id))


UNREADABLE = (VaultError, KeyError, ValidationError)
"""Raised by `opened` if the key, the ciphertext or the scheme does not fit any more."""


def opened(
    credential: Credential, data_key: DataKey, organization: uuid.UUID, ring: KeyRing
) -> SchemeSettings:
    """Decrypt the fields. Raise one of `UNREADABLE` if that fails."""
    sealed = vault.Sealed(credential.nonce, credential.ciphertext)
    key = data_keys.opened(data_key, ring)
    text = key.open(sealed, bound_to=_place(credential, organization))
    return secret_fields.restored(credential.scheme, json.loads(text))


def _find(session: Session, organization_id: int, credential_id: uuid.UUID) -> Credential:
    return lookup.find(session, Credential, organization_id, credential_id, "credential")


def _go_to(session: Session, credential: Credential, origins: Iterable[str]) -> None:
    named = credential_origins.checked(credential.scheme, origins)
    credential_origins.refuse_removal(session, credential, named)
    credential.origins = named


def _place(credential: Credential, organization: uuid.UUID) -> bytes:
    return vault.place(
        "credential",
        organization=organization,
        row=credential.public_id,
        kind=credential.scheme,
        version=credential.version,
    )


def _replace(
    session: Session,
    credential: Credential,
    changes: Mapping[str, Any],
    *,
    settings: CredentialSettings,
    now: datetime,
) -> bool:
    """Encrypt the changed fields; return whether they differ from the current ones."""
    if not changes:
        return False
    current = _present(session, credential, settings.ring)
    before = secret_fields.plain(current)
    merged = secret_fields.merged(before, changes, current.REPLACES)
    after = _read(credential.scheme, merged, settings)
    secret_fields.refuse_other_endpoint(credential.scheme, current, after, changes)
    if after == current:
        return False
    shown = (before, credential.shown)
    _seal(session, credential, after, ring=settings.ring, now=now, before=shown)
    session.flush()
    return True


def _read(scheme: str, fields: Mapping[str, Any], settings: CredentialSettings) -> SchemeSettings:
    return slow_validation.to_store(secret_fields.read(scheme, fields), settings.examined)


def _present(session: Session, credential: Credential, ring: KeyRing) -> SchemeSettings:
    data_key = session.get_one(DataKey, credential.data_key_id)
    organization = session.get_one(Organization, credential.organization_id)
    try:
        return opened(credential, data_key, organization.public_id, ring)
    except UNREADABLE as error:
        log.error(  # noqa: TRY400 - a trace could hold what was decrypted
            "credential_unreadable", credential_id=credential.id, error=type(error).__name__
        )
        raise Conflict("This credential can no longer be decrypted. Create a new one.") from None


def _seal(
    session: Session,
    credential: Credential,
    settings: SchemeSettings,
    *,
    ring: KeyRing,
    now: datetime,
    before: tuple[Tree, Tree] = ({}, {}),
) -> None:
    data_key = data_keys.to_seal_with(session, credential.organization_id, ring=ring, now=now)
    organization = session.get_one(Organization, credential.organization_id)
    key = data_keys.opened(data_key, ring)
    credential.version += 1
    text = json.dumps(secret_fields.plain(settings)).encode()
    sealed = key.seal(text, bound_to=_place(credential, organization.public_id))
    credential.data_key_id = data_key.id
    credential.nonce, credential.ciphertext = sealed.nonce, sealed.ciphertext
    credential.shown = secret_fields.shown(settings, key, now=now, before=before)


def _notify_of_monitors(session: Session, credential: Credential, *, now: datetime) -> None:
    """Restart the run of results of each monitor that uses it, and make workers reload it."""
    states = session.scalars(
        select(MonitorState)
        .join(MonitorCredential, MonitorCredential.monitor_id == MonitorState.monitor_id)
        .where(MonitorCredential.credential_id == credential.id)
        # The order in which check results lock them too.
        .order_by(MonitorState.monitor_id)
        .with_for_update(of=MonitorState, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    ids = [state.monitor_id for state in states]
    session.execute(
        update(Monitor)
        .where(Monitor.id.in_(ids))
        .values(version=Monitor.version + 1)
        .execution_options(synchronize_session=False)
    )
    monitors = session.scalars(
        select(Monitor).where(Monitor.id.in_(ids)).execution_options(populate_existing=True)
    )
    by_id = {monitor.id: monitor for monitor in monitors}
    for state in states:
        monitor_lifecycle.restart(session, MonitorView(by_id[state.monitor_id], state, ()), now=now)


def _monitor_ids(session: Session, credential: Credential) -> Sequence[uuid.UUID]:
    return session.scalars(
        select(Monitor.public_id)
        .join(MonitorCredential, MonitorCredential.monitor_id == Monitor.id)
        .where(MonitorCredential.credential_id == credential.id, Monitor.deleted_at.is_(None))
        .order_by(Monitor.name, Monitor.id)
    ).all()


def _flush_name(session: Session) -> None:
    """Write the name; only the database knows whether another credential has just taken it."""
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise Conflict("There is already a credential with this name.", field="name") from error
