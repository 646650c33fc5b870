"""Channels: the ways to reach a contact, identified by their addresses."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from models import Channel, Contact
from notifiers.kind import ChannelSettings
from notifiers.registry import KINDS
from notifiers.texts.phone import PhoneSettings
from services import quotas
from services.contacts import channel_settings, opt_in
from services.contacts.addresses import NOT_REACHED, is_reached
from services.contacts.limits import ContactLimits
from services.errors import Conflict, Invalid, NotFound
from services.slow_validation import NeedsValidation, Settings

MOST = 20
"""The most channels of a contact."""

_SETTINGS = "settings"
_ELSEWHERE = "A channel cannot change its destination. Add a new channel, and delete this one."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelValues:
    """An existing channel by its `id`; or a new one: its kind, with an address or settings."""

    id: uuid.UUID | None = None
    kind: str | None = None
    address: str | None = None
    settings: Mapping[str, Any] | None = field(default=None, repr=False)


def find(
    session: Session, organization_id: int, contact_id: uuid.UUID, channel_id: uuid.UUID
) -> Channel:
    """Return a channel of that contact. Raise `NotFound` if there is none, or if it was deleted."""
    channel = session.scalars(
        select(Channel)
        .join(Contact, Contact.id == Channel.contact_id)
        .where(
            Channel.organization_id == organization_id,
            Contact.public_id == contact_id,
            Channel.public_id == channel_id,
            Channel.deleted_at.is_(None),
        )
    ).one_or_none()
    if channel is None:
        raise NotFound("channel")
    return channel


def locked(
    session: Session, organization_id: int, contact_id: uuid.UUID, channel_id: uuid.UUID
) -> Channel:
    """Return a channel, locked against changes until the commit."""
    channel = find(session, organization_id, contact_id, channel_id)
    session.refresh(channel, with_for_update={"key_share": True})
    if channel.deleted_at is not None:
        raise NotFound("channel")
    return channel


def add(
    session: Session,
    contact: Contact,
    values: ChannelValues,
    *,
    limits: ContactLimits,
    now: datetime,
) -> Channel:
    """Add a channel to a contact that the caller has locked.

    Raise `Conflict` if the contact has `MOST` channels, or one with the same address.
    """
    if len(contact.channels) >= MOST:
        raise Conflict(f"A contact may have at most {MOST} channels.")
    channel = _new(session, contact, values, limits=limits, now=now)
    if _duplicate(channel, contact.channels) is not None:
        raise Conflict("This contact already has a channel to this destination.")
    _store(session, contact, [channel], now=now)
    return channel


def replace(
    session: Session,
    contact: Contact,
    wanted: Sequence[ChannelValues],
    *,
    limits: ContactLimits,
    now: datetime,
) -> None:
    """Replace the channels of a contact, which the caller has locked.

    A channel with the address of a present one is that channel. It keeps its id and its
    confirmation, and the given settings are merged into its own. Raise `NeedsValidation` with all
    settings to validate.
    """
    before = _locked_channels(session, contact)
    kept: list[Channel] = []
    problems: dict[str, list[str]] = {}
    unexamined: list[Settings] = []
    for index, values in enumerate(wanted):
        try:
            channel = _settled(session, contact, values, [*before, *kept], limits=limits, now=now)
            kept.append(channel)
        except Invalid as error:
            problems |= {f"channels.{index}.{path}": why for path, why in error.problems.items()}
        except NeedsValidation as needed:
            unexamined += needed.settings
    if problems:
        raise Invalid(problems)
    if unexamined:
        raise NeedsValidation(unexamined)
    for channel in before:
        if channel not in kept:
            delete(session, channel, now=now)
    new = [each for each in dict.fromkeys(kept) if each not in before]
    _store(session, contact, new, now=now)


def _locked_channels(session: Session, contact: Contact) -> list[Channel]:
    """Read the channels after locking them against changes of single channels."""
    query = (
        select(Channel)
        .where(Channel.contact_id == contact.id, Channel.deleted_at.is_(None))
        .order_by(Channel.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def change(
    session: Session,
    channel: Channel,
    changes: Mapping[str, Any],
    *,
    limits: ContactLimits,
    now: datetime,
    overlap: timedelta = channel_settings.USUAL_OVERLAP,
) -> Channel:
    """Merge settings into those of a channel; a null removes one. The address cannot change.

    A replaced secret stays valid beside the new one for `overlap`.
    """
    settings = channel_settings.changed(
        session, channel, changes, ring=limits.ring, policy=limits.policy, examined=limits.examined
    )
    before = channel.address
    channel_settings.put(session, channel, settings, ring=limits.ring, now=now, overlap=overlap)
    if channel.address != before:
        raise Invalid({_SETTINGS: [_ELSEWHERE]})
    session.flush()
    return channel


def delete(session: Session, channel: Channel, *, now: datetime) -> None:
    """Delete a channel. The row stays for recoveries that it is owed."""
    channel.deleted_at = channel.updated_at = now
    session.flush()


def _settled(
    session: Session,
    contact: Contact,
    values: ChannelValues,
    present: Sequence[Channel],
    *,
    limits: ContactLimits,
    now: datetime,
) -> Channel:
    """Return the channel that the values mean: a present one, or a new one."""
    if values.id is not None:
        named = next((each for each in present if each.public_id == values.id), None)
        if named is None:
            raise Invalid({"id": ["This contact has no such channel."]})
        return named
    made = _new(session, contact, values, limits=limits, now=now)
    duplicate = _duplicate(made, present)
    if duplicate is None:
        return made
    if values.settings and duplicate.ciphertext is not None:
        change(session, duplicate, values.settings, limits=limits, now=now)
    return duplicate


def _new(
    session: Session,
    contact: Contact,
    values: ChannelValues,
    *,
    limits: ContactLimits,
    now: datetime,
) -> Channel:
    kind = _kind(values)
    channel = Channel(
        public_id=uuid.uuid4(),
        organization_id=contact.organization_id,
        kind=kind,
        created_at=now,
    )
    settings = _read(kind, values, limits)
    if isinstance(settings, PhoneSettings) and not is_reached(
        settings.address, limits.text_countries
    ):
        raise Invalid({"address": [NOT_REACHED]})
    channel_settings.put(session, channel, settings, ring=limits.ring, now=now)
    return channel


def _kind(values: ChannelValues) -> str:
    if values.kind is None:
        raise Invalid({"kind": ["A new channel needs a kind."]})
    if values.kind not in KINDS:
        raise Invalid({"kind": [f"Must be one of: {', '.join(KINDS)}."]})
    return values.kind


def _read(kind: str, values: ChannelValues, limits: ContactLimits) -> ChannelSettings:
    """Validate the settings; an address stands for settings that have no other field."""
    if (values.address is None) == (values.settings is None):
        raise Invalid({_name_of(kind): ["Give either an address or settings."]})
    if values.settings is not None:
        return channel_settings.read(
            kind, values.settings, policy=limits.policy, examined=limits.examined
        )
    if _name_of(kind) == _SETTINGS:
        raise Invalid(
            {_SETTINGS: [f"A channel of kind {kind} needs settings instead of an address."]}
        )
    try:
        return channel_settings.read(kind, {"address": values.address}, policy=limits.policy)
    except Invalid as error:
        raise Invalid(
            {path.removeprefix(f"{_SETTINGS}."): why for path, why in error.problems.items()}
        ) from None


def _name_of(kind: str) -> str:
    """Return the field that specifies a channel of the kind."""
    return "address" if "address" in KINDS[kind].settings.model_fields else _SETTINGS


def _duplicate(channel: Channel, among: Sequence[Channel]) -> Channel | None:
    place = (channel.kind, channel.address)
    return next((each for each in among if (each.kind, each.address) == place), None)


def _store(session: Session, contact: Contact, new: Sequence[Channel], *, now: datetime) -> None:
    if any(channel.kind == channel_kind.VOICE for channel in new):
        quotas.refuse_unless_included(session, contact.organization_id, channel_kind.VOICE)
    quotas.take(session, contact.organization_id, "channels", more=len(new))
    for channel in new:
        channel.contact_id = contact.id
    session.add_all(new)
    session.flush()
    opt_in.begin(session, new, now=now)
    session.expire(contact, ["channels"])
