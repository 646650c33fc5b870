"""The tokens of heartbeats at rest: a hash to find them by, and a sealed copy to show them.

Migration 0025 left those from before it in the clear. Upkeep seals them, and takes the clear text away
once nobody runs, or goes back to, a version that looks for it.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from models import DataKey, Heartbeat, Monitor, Organization
from security import vault
from security.vault import KeyRing, VaultError
from services import data_keys

CLEAR_FOR = timedelta(days=1)
"""How long a token that was in the clear stays so beside its sealed copy."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Seals tokens of one organization."""

    organization: uuid.UUID
    data_key_id: int
    key: vault.DataKey = field(repr=False)
    now: datetime

    def sealed(self, monitor: uuid.UUID, token: str, *, version: int = 1) -> dict[str, Any]:
        """Return the columns of a heartbeat that hold its token, to be opened nowhere else."""
        place = _place(self.organization, monitor, version)
        sealed = self.key.seal(token.encode(), bound_to=place)
        return {
            "data_key_id": self.data_key_id,
            "nonce": sealed.nonce,
            "ciphertext": sealed.ciphertext,
            "sealed_at": self.now,
            "token_version": version,
        }


def sealer(session: Session, organization_id: int, *, ring: KeyRing, now: datetime) -> Sealer:
    """Open the key to seal with; raises `VaultError` if that cannot be."""
    data_key = data_keys.to_seal_with(session, organization_id, ring=ring, now=now)
    public_id = session.scalars(
        select(Organization.public_id).where(Organization.id == organization_id)
    ).one()
    key = data_keys.opened(data_key, ring)
    return Sealer(organization=public_id, data_key_id=data_key.id, key=key, now=now)


def opened(session: Session, beats: Iterable[Heartbeat], *, ring: KeyRing) -> dict[int, str]:
    """Return the tokens of heartbeats by the id of the monitor, by one query; without any, asks nothing.

    One that cannot be read is left out and logged: its pings are taken all the same.
    """
    ids = [beat.monitor_id for beat in beats]
    if not ids:
        return {}
    rows = session.execute(
        select(Heartbeat, DataKey, Monitor.public_id, Organization.public_id)
        .join(Monitor, Monitor.id == Heartbeat.monitor_id)
        .join(Organization, Organization.id == Heartbeat.organization_id)
        .outerjoin(DataKey, DataKey.id == Heartbeat.data_key_id)
        .where(Heartbeat.monitor_id.in_(ids))
    )
    found = {row[0].monitor_id: _opened(row, ring) for row in rows}
    return {monitor_id: token for monitor_id, token in found.items() if token is not None}


def unsealed(session: Session) -> Sequence[int]:
    """Return the organizations that have tokens in the clear only."""
    return session.scalars(
        select(Heartbeat.organization_id).where(Heartbeat.sealed_at.is_(None)).distinct()
    ).all()


def seal_some(
    session: Session, organization_id: int, *, ring: KeyRing, now: datetime, limit: int
) -> bool:
    """Seal tokens of an organization that are in the clear; tell whether there may be more.

    Raises `VaultError` if the data key of the organization cannot be opened.
    """
    # Before any heartbeat is locked: who deletes an organization locks it first, too.
    seal = sealer(session, organization_id, ring=ring, now=now)
    rows = session.execute(
        select(Heartbeat.monitor_id, Monitor.public_id, Heartbeat.token)
        .join(Monitor, Monitor.id == Heartbeat.monitor_id)
        .where(Heartbeat.organization_id == organization_id, Heartbeat.sealed_at.is_(None))
        .limit(limit)
    ).all()
    for monitor_id, public_id, token in rows:
        session.execute(
            update(Heartbeat)
            # Unless it got another address meanwhile.
            .where(Heartbeat.monitor_id == monitor_id, Heartbeat.sealed_at.is_(None))
            .values(**seal.sealed(public_id, token or ""))
            .execution_options(synchronize_session=False)
        )
    return len(rows) == limit


def forget_clear(session: Session, *, now: datetime) -> None:
    """Take the clear text away of tokens that were sealed long enough ago."""
    session.execute(
        update(Heartbeat)
        .where(Heartbeat.token.is_not(None), Heartbeat.sealed_at < now - CLEAR_FOR)
        .values(token=None)
        .execution_options(synchronize_session=False)
    )


def _opened(row: Row[Heartbeat, DataKey | None, uuid.UUID, uuid.UUID], ring: KeyRing) -> str | None:
    beat, data_key, monitor, organization = row
    if data_key is None:
        return beat.token
    sealed = vault.Sealed(beat.nonce or b"", beat.ciphertext or b"")
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
    """Name where a token belongs: a copy of an earlier one is good for nothing there."""
    return vault.place(
        "ping-token", organization=organization, row=monitor, kind="heartbeat", version=version
    )
