"""Service accounts: machines that authenticate at the token endpoint with one scheme each."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.machines import Scheme
from domain.organization_policy import key_end
from domain.permissions import Permission
from models import DataKey, ServiceAccount
from security.jwt import client_keys
from security.jwt.client_keys import ClientKeyError
from security.login import machine_secrets
from security.vault import KeyRing
from services import data_keys, lookup, pagination, permissions, quotas
from services.accounts import mails as account_mails
from services.errors import Conflict, Invalid
from services.permissions import Maker, Renewal
from services.policies import policies

_NOUN = "service account"
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_ORDER = pagination.Order(
    scope="service-accounts", columns=(ServiceAccount.name, ServiceAccount.public_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountValues:
    """`keys` are for `private_key_jwt`, a certificate's SHA-256 is for `tls_client_auth`."""

    name: str
    scheme: Scheme
    scopes: Sequence[str]
    keys: Sequence[Mapping[str, Any]] = ()
    certificate_thumbprint: str | None = None


class ServiceAccountChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    scopes: Sequence[str]
    keys: Sequence[Mapping[str, Any]]
    certificate_thumbprint: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class ServiceAccountView:
    """An account as displayed; the secret only right after it was created."""

    account: ServiceAccount
    secret: str | None = field(default=None, repr=False)


def create(
    session: Session,
    organization_id: int,
    values: ServiceAccountValues,
    *,
    maker: Maker,
    ring: KeyRing,
    now: datetime,
) -> ServiceAccountView:
    """Create an account. Raise `Invalid` for scopes that its creator lacks."""
    _refuse_other_proofs(values)
    quotas.take(session, organization_id, "service_accounts")
    account = ServiceAccount(
        public_id=uuid.uuid4(),
        organization_id=organization_id,
        created_by=maker.user_id,
        name=values.name,
        scheme=values.scheme,
        scopes=permissions.handed_on(values.scopes, maker.permissions),
        jwks=_read(values.keys) if values.scheme is Scheme.PRIVATE_KEY_JWT else None,
        certificate_thumbprint=values.certificate_thumbprint,
        created_at=now,
        updated_at=now,
    )
    secret = None
    if values.scheme is Scheme.CLIENT_SECRET:
        data_key = data_keys.to_seal_with(session, organization_id, ring=ring, now=now)
        account.data_key_id = data_key.id
        secret = _set_secret(account, data_key, ring, now)
    session.add(account)
    session.flush()
    account_mails.notify_owners_of_machine(
        session,
        organization_id,
        what="Service account",
        name=account.name,
        maker_id=maker.user_id,
        now=now,
    )
    return ServiceAccountView(account, secret)


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[ServiceAccountView]:
    """List accounts by name."""
    query = select(ServiceAccount).where(ServiceAccount.organization_id == organization_id)
    return pagination.read(session, query, _ORDER, request).each(ServiceAccountView)


def find(session: Session, organization_id: int, account_id: uuid.UUID) -> ServiceAccountView:
    """Return an account without its secret. Raise `NotFound` if there is none."""
    account = lookup.find(session, ServiceAccount, organization_id, account_id, _NOUN)
    return ServiceAccountView(account)


def change(
    session: Session,
    organization_id: int,
    account_id: uuid.UUID,
    changes: ServiceAccountChanges,
    *,
    own: frozenset[Permission],
    now: datetime,
) -> ServiceAccountView:
    """Change an account; new keys, a new certificate or disabling it ends its tokens."""
    account = _locked(session, organization_id, account_id)
    permissions.refuse_more_than_own(account.scopes, own)
    account.name = changes.get("name", account.name)
    if "scopes" in changes:
        account.scopes = permissions.handed_on(changes["scopes"], own)
    _change_proof(account, changes)
    account.disabled = changes.get("disabled", account.disabled)
    if changes.keys() & {"disabled", "keys", "certificate_thumbprint"}:
        account.token_epoch += 1
    account.updated_at = now
    session.flush()
    return ServiceAccountView(account)


def rotate(
    session: Session,
    organization_id: int,
    account_id: uuid.UUID,
    *,
    renewal: Renewal,
    ring: KeyRing,
    now: datetime,
) -> ServiceAccountView:
    """Create a new secret for an account; the current one stays valid for the overlap.

    Raise `Conflict` if the account has no secret.
    """
    account = _locked(session, organization_id, account_id)
    permissions.refuse_more_than_own(account.scopes, renewal.own)
    if account.data_key_id is None:
        raise Conflict("This service account has no secret.")
    _keep_previous(session, account, now + renewal.overlap)
    secret = _set_secret(account, session.get_one(DataKey, account.data_key_id), ring, now)
    account.updated_at = now
    session.flush()
    return ServiceAccountView(account, secret)


def end_tokens(session: Session, organization_id: int, account_id: uuid.UUID) -> ServiceAccountView:
    """End all tokens of an account at once."""
    account = _locked(session, organization_id, account_id)
    account.token_epoch += 1
    session.flush()
    return ServiceAccountView(account)


def delete(session: Session, organization_id: int, account_id: uuid.UUID) -> None:
    """Delete an account with all its tokens."""
    session.delete(_locked(session, organization_id, account_id))
    session.flush()


def _locked(session: Session, organization_id: int, account_id: uuid.UUID) -> ServiceAccount:
    return lookup.locked(session, ServiceAccount, organization_id, account_id, _NOUN)


def _keep_previous(session: Session, account: ServiceAccount, until: datetime) -> None:
    """Let the present secret stay valid, as long as its age allows."""
    made_at = account.secret_made_at
    if made_at is not None:
        until = key_end(policies.of(session, account.organization_id), made_at, until)
    account.previous_hash, account.previous_until = account.secret_hash, until
    account.previous_made_at = made_at


def _set_secret(account: ServiceAccount, data_key: DataKey, ring: KeyRing, now: datetime) -> str:
    secret = machine_secrets.new_client_secret()
    account.secret_hash = machine_secrets.kept(secret, data_keys.opened(data_key, ring))
    account.secret_made_at = now
    return secret


def _change_proof(account: ServiceAccount, changes: ServiceAccountChanges) -> None:
    if "keys" in changes:
        _refuse_unless(account.scheme, Scheme.PRIVATE_KEY_JWT, "keys")
        account.jwks = _read(changes["keys"])
    if "certificate_thumbprint" in changes:
        _refuse_unless(account.scheme, Scheme.TLS_CLIENT_AUTH, "certificate_thumbprint")
        _check_thumbprint(changes["certificate_thumbprint"])
        account.certificate_thumbprint = changes["certificate_thumbprint"]


def _refuse_other_proofs(values: ServiceAccountValues) -> None:
    if values.keys:
        _refuse_unless(values.scheme, Scheme.PRIVATE_KEY_JWT, "keys")
    elif values.scheme is Scheme.PRIVATE_KEY_JWT:
        raise Invalid({"keys": ["The scheme private_key_jwt requires a public key."]})
    _check_thumbprint(values.certificate_thumbprint)
    if values.certificate_thumbprint:
        _refuse_unless(values.scheme, Scheme.TLS_CLIENT_AUTH, "certificate_thumbprint")
    elif values.scheme is Scheme.TLS_CLIENT_AUTH:
        raise Invalid(
            {"certificate_thumbprint": ["The scheme tls_client_auth requires a certificate."]}
        )


def _check_thumbprint(thumbprint: str | None) -> None:
    if thumbprint and not _THUMBPRINT.fullmatch(thumbprint):
        problem = "Must be the SHA-256 of the certificate's DER, in base64url."
        raise Invalid({"certificate_thumbprint": [problem]})


def _refuse_unless(scheme: Scheme, wanted: Scheme, field_name: str) -> None:
    if scheme is not wanted:
        raise Invalid({field_name: [f"Requires the scheme {wanted}."]})


def _read(keys: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    read: list[dict[str, str]] = []
    problems: dict[str, list[str]] = {}
    for index, key in enumerate(keys):
        try:
            read.append(client_keys.read(key))
        except ClientKeyError as error:
            problems[f"keys.{index}"] = [str(error)]
    if not problems:
        problems = _key_id_problems(read)
    if problems:
        raise Invalid(problems)
    return read


def _key_id_problems(keys: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return why the header of an assertion cannot identify its key among these."""
    for algorithm in {key["alg"] for key in keys}:
        ids = [key.get("kid") for key in keys if key["alg"] == algorithm]
        if len(ids) > 1 and (None in ids or len(set(ids)) < len(ids)):
            return {"keys": ["If several keys have the same type, each needs its own `kid`."]}
    return {}
