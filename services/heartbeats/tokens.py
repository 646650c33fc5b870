"""Tokens of heartbeats at rest: a hash to find them, and a sealed copy to show them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from models import DataKey, Heartbeat, Monitor, Organization
from security import vault
from security.vault import KeyRing, VaultError
from services import data_keys

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Seals tokens of one organization."""

    organization: uuid.UUID
    data_key_id: int
    key: vault.DataKey = field(repr=False)

    def sealed(self, monitor: uuid.UUID, token: str, *, version: int = 1) -> dict[str, Any]:
        """Return the columns of a heartbeat for its token, sealed for this place only."""
        place = _place(self.organization, monitor, version)
        sealed = self.key.seal(token.encode(), bound_to=place)
        return {
            "data_key_id": self.data_key_id,
            "nonce": sealed.nonce,
            "ciphertext": sealed.ciphertext,
            "token_version": version,
        }


def sealer(session: Session, organization_id: int, *, ring: KeyRing, now: datetime) -> Sealer:
    """Return a sealer for the organization. Raise `VaultError` if its key cannot be opened."""
    data_key = data_keys.to_seal_with(session, organization_id, ring=ring, now=now)
    public_id = session.scalars(
        select(Organization.public_id).where(Organization.id == organization_id)
    ).one()
    key = data_keys.opened(data_key, ring)
    return Sealer(organization=public_id, data_key_id=data_key.id, key=key)


def opened(session: Session, beats: Iterable[Heartbeat], *, ring: KeyRing) -> dict[int, str]:
    """Return the tokens of heartbeats by monitor id, with one query, or none if there are none.

    A token that cannot be read is left out and logged. Its pings are accepted all the same.
    """
    ids = [beat.monitor_id for beat in beats]
    if not ids:
        return {}
    rows = session.execute(
        select(Heartbeat, DataKey, Monitor.public_id, Organization.public_id)
        .join(Monitor, Monitor.id == Heartbeat.monitor_id)
        .join(Organization, Organization.id == Heartbeat.organization_id)
        .join(DataKey, DataKey.id == Heartbeat.data_key_id)
        .where(Heartbeat.monitor_id.in_(ids))
    )
    found = {row[0].monitor_id: _opened(row, ring) for row in rows}
    return {monitor_id: token for monitor_id, token in found.items() if token is not None}


def _opened(row: Row[Heartbeat, DataKey, uuid.UUID, uuid.UUID], ring: KeyRing) -> str | None:
    beat, data_key, monitor, organization = row
    sealed = vault.Sealed(beat.nonce, beat.ciphertext)
    try:
        key = data_keys.opened(data_key, ring)
        place = _place(organization, monitor, beat.token_version)
        return key.open(sealed, bound_to=place).decode()
    except VaultError as error:
        log.error(  # noqa: TRY400 - a trace could hold what was decrypted
            "ping_token_unreadable", monitor_id=beat.monitor_id, error=type(error).__name__
        )
        return None


def _place(organization: uuid.UUID, monitor: uuid.UUID, version: int) -> bytes:
    """Return the place that a token is sealed for, where a copy of an earlier one does not open."""
    return vault.place(
        "ping-token", organization=organization, row=monitor, kind="heartbeat", version=version
    )
