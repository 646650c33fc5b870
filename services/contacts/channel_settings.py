"""Settings of channels by kind: validated, sealed if one is secret, and opened for sending.

A channel of a kind with secrets is sealed as a whole; for other kinds the address has everything.
Users see `shown`: for each secret whether it is set, and its fingerprint.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from models import Channel, DataKey, Organization
from notifiers.base import Destination
from notifiers.kind import ChannelSettings
from notifiers.registry import KINDS
from security import vault
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing, VaultError
from services import data_keys, secret_fields, slow_validation
from services.contacts.addresses import email_address, phone_number
from services.errors import Conflict, Invalid
from services.secret_fields import Tree, may_hold_secret
from services.slow_validation import NOTHING, Examined

log = structlog.get_logger(__name__)

LONGEST = 16 * 1024
USUAL_OVERLAP = timedelta(days=1)
"""The default time for which a replaced secret stays valid beside the new one."""
LONGEST_OVERLAP = timedelta(days=7)
UNREADABLE = (VaultError, KeyError, ValidationError, ValueError)
"""Raised by `destination` if the key, the ciphertext or the kind does not fit any more."""

_NORMAL = {
    channel_kind.EMAIL: email_address,
    channel_kind.SMS: phone_number,
    channel_kind.VOICE: phone_number,
}


def read(
    kind: str,
    fields: Mapping[str, Any],
    *,
    policy: EgressPolicy,
    examined: Examined = NOTHING,
    at: str = "settings",
) -> ChannelSettings:
    """Validate a user's settings. Raise `Invalid` with each wrong field below `at`.

    Raise `NeedsValidation` if `examined` lacks these settings.
    """
    if kind not in KINDS:
        raise Invalid({at: [f"The kind must be one of: {', '.join(KINDS)}."]})
    try:
        settings = KINDS[kind].settings.model_validate(_normal(kind, fields, at))
    except ValidationError as error:
        raise Invalid(secret_fields.problems(error, at)) from None
    if len(json.dumps(secret_fields.plain(settings))) > LONGEST:
        raise Invalid({at: [f"Must be at most {LONGEST // 1024} KiB in total."]})
    try:
        settings.judge(policy)
    except ValueError as error:
        raise Invalid({f"{at}.url": [str(error)]}) from None
    problem = slow_validation.problem(settings, examined)
    if problem is not None:
        raise Invalid({f"{at}.url": [problem]})
    return settings


def needs_confirmation(kind: str) -> bool:
    """Return whether the recipient has to opt in; so for a kind that this version does not know."""
    return kind not in KINDS or KINDS[kind].needs_confirmation


def put(
    session: Session,
    channel: Channel,
    settings: ChannelSettings,
    *,
    ring: KeyRing,
    now: datetime,
    overlap: timedelta = USUAL_OVERLAP,
) -> None:
    """Store the settings in a channel that has its kind, its organization and its public id.

    The address follows from them, and the version grows with each sealing. A replaced secret stays
    valid beside the new one for `overlap`.
    """
    channel.updated_at = now
    if not _has_secrets(channel.kind):
        channel.address = settings.address_of(_indistinguishable)
        channel.shown = secret_fields.plain(settings)
        return
    data_key = data_keys.to_seal_with(session, channel.organization_id, ring=ring, now=now)
    key = data_keys.opened(data_key, ring)
    channel.address = settings.address_of(key.fingerprint)
    # The stored fields provide the age of the secrets that stay.
    before = (_tree(session, channel, ring), channel.shown) if channel.ciphertext else ({}, {})
    channel.previous_until = _previous_until(channel, before[0], settings, now + overlap)
    channel.version = (channel.version or 0) + 1 if channel.ciphertext else 1
    organization = session.get_one(Organization, channel.organization_id)
    text = json.dumps(secret_fields.plain(settings)).encode()
    sealed = key.seal(text, bound_to=_place(channel, organization))
    channel.data_key_id = data_key.id
    channel.nonce, channel.ciphertext = sealed.nonce, sealed.ciphertext
    channel.shown = {
        **secret_fields.shown(settings, key, now=now, before=before),
        **settings.beside(),
    }


def changed(
    session: Session,
    channel: Channel,
    changes: Mapping[str, Any],
    *,
    ring: KeyRing,
    policy: EgressPolicy,
    examined: Examined = NOTHING,
) -> ChannelSettings:
    """Merge changes into the stored settings and validate them.

    A null removes a field. A replaced key stays as the previous one.
    """
    before = _tree(session, channel, ring)
    after = secret_fields.merged(before, changes)
    for name, old in KINDS[channel.kind].settings.ROTATES.items():
        if (
            name in changes
            and old not in changes
            and before.get(name) not in (None, after.get(name))
        ):
            after[old] = before[name]
    return read(channel.kind, after, policy=policy, examined=examined)


def forget_previous(session: Session, channel: Channel, *, ring: KeyRing, now: datetime) -> None:
    """Delete the replaced secrets. Raise `Conflict` if the channel cannot be read."""
    if channel.ciphertext is None:
        channel.previous_until = None
        return
    present = _without_previous(channel.kind, _tree(session, channel, ring))
    put(session, channel, KINDS[channel.kind].settings.model_validate(present), ring=ring, now=now)


def destination(session: Session, channel: Channel, ring: KeyRing, *, now: datetime) -> Destination:
    """Open a channel for sending. Raise one of `UNREADABLE` if that fails."""
    if channel.ciphertext is None:
        return Destination(channel.address)
    settings = _opened(session, channel, ring)
    if channel.previous_until is not None and channel.previous_until <= now:
        settings = _without_previous(channel.kind, settings)
    return Destination(channel.address, settings)


def _previous_until(
    channel: Channel, before: Tree, settings: ChannelSettings, until: datetime
) -> datetime | None:
    """Return when the replaced secrets end; the overlap starts with the last replacement."""
    plain = secret_fields.plain(settings)
    previous = {name: plain[name] for name in settings.ROTATES.values() if plain.get(name)}
    if not previous:
        return None
    is_new = any(before.get(name) != secret for name, secret in previous.items())
    return until if is_new or channel.previous_until is None else channel.previous_until


def _without_previous(kind: str, settings: Tree) -> Tree:
    previous = KINDS[kind].settings.ROTATES.values()
    return {name: value for name, value in settings.items() if name not in previous}


def _normal(kind: str, fields: Mapping[str, Any], at: str) -> Tree:
    """Normalize a person's address."""
    fields = dict(fields)
    normal = _NORMAL.get(kind)
    if normal is not None and isinstance(fields.get("address"), str):
        try:
            fields["address"] = normal(fields["address"])
        except ValueError as error:
            raise Invalid({f"{at}.address": [str(error)]}) from None
    return fields


def _has_secrets(kind: str) -> bool:
    fields = KINDS[kind].settings.model_fields.values()
    return any(may_hold_secret(field.annotation) for field in fields)


def _indistinguishable(_secret: str) -> str:
    return ""


def _tree(session: Session, channel: Channel, ring: KeyRing) -> Tree:
    if channel.ciphertext is None:
        return dict(channel.shown)
    try:
        return _opened(session, channel, ring)
    except UNREADABLE as error:
        log.error(  # noqa: TRY400 - a trace could hold what was decrypted
            "channel_unreadable", channel_id=channel.id, error=type(error).__name__
        )
        raise Conflict(
            "The settings of this channel can no longer be decrypted. Create a new channel."
        ) from None


def _opened(session: Session, channel: Channel, ring: KeyRing) -> Tree:
    organization = session.get_one(Organization, channel.organization_id)
    key = data_keys.opened(session.get_one(DataKey, channel.data_key_id), ring)
    sealed = vault.Sealed(channel.nonce or b"", channel.ciphertext or b"")
    tree: Tree = json.loads(key.open(sealed, bound_to=_place(channel, organization)))
    return tree


def _place(channel: Channel, organization: Organization) -> bytes:
    return vault.place(
        "channel",
        organization=organization.public_id,
        row=channel.public_id,
        kind=channel.kind,
        version=channel.version,
    )
