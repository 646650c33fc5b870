"""Credentials in a worker: decrypted once per version, each with its own memory."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Credential, DataKey, MonitorCredential, Organization
from probes.auth import base
from security import vault
from security.vault import KeyRing
from services import data_keys
from services.credentials import credentials

_MOST_HELD = 100_000

log = structlog.get_logger(__name__)


class OpenCredentials:
    """Monitors that share a credential share its object, and so its tokens. For one thread."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._held: dict[int, base.Credential] = {}

    def of(
        self, session: Session, monitor_ids: Collection[int]
    ) -> dict[int, tuple[base.Credential, ...] | None]:
        """Return the credentials of those monitors that have some, outermost first.

        The value is None if one of them cannot be read: the monitor must not be probed without it.
        """
        links = session.execute(
            select(
                MonitorCredential.monitor_id, Credential.id, Credential.version, Credential.origins
            )
            .join(Credential, Credential.id == MonitorCredential.credential_id)
            .where(MonitorCredential.monitor_id.in_(monitor_ids))
            .order_by(MonitorCredential.monitor_id, MonitorCredential.position)
        ).all()
        self._read(session, {(link.id, link.version) for link in links})
        wanted: dict[int, list[base.Credential | None]] = defaultdict(list)
        for link in links:
            wanted[link.monitor_id].append(self._going_to(link.id, link.version, link.origins))
        return {monitor_id: _whole(found) for monitor_id, found in wanted.items()}

    def named(
        self, session: Session, organization_id: int, public_ids: Sequence[uuid.UUID]
    ) -> tuple[base.Credential, ...] | None:
        """Return these credentials of an organization, in this order; None if one is missing."""
        rows = session.execute(
            select(
                Credential.public_id, Credential.id, Credential.version, Credential.origins
            ).where(
                Credential.organization_id == organization_id, Credential.public_id.in_(public_ids)
            )
        ).all()
        self._read(session, {(row.id, row.version) for row in rows})
        found = {row.public_id: self._going_to(row.id, row.version, row.origins) for row in rows}
        return _whole([found.get(each) for each in public_ids])

    def opened_key(self, row: DataKey) -> vault.DataKey:
        """Unwrap a data key of an organization. Raise `VaultError` if that fails."""
        return data_keys.opened(row, self._ring)

    def _current(self, credential_id: int, version: int) -> base.Credential | None:
        known = self._held.get(credential_id)
        return known if known is not None and known.version >= version else None

    def _going_to(
        self, credential_id: int, version: int, origins: Iterable[str]
    ) -> base.Credential | None:
        """Return the credential with its current origins, which change without a new version."""
        current, named = self._current(credential_id, version), frozenset(origins)
        if current is not None and current.origins != named:
            # The memory stays shared.
            current = self._held[credential_id] = replace(current, origins=named)
        return current

    def _read(self, session: Session, wanted: Iterable[tuple[int, int]]) -> None:
        """Decrypt those that are not cached, or cached in an older version."""
        missing = [each for each, version in wanted if self._current(each, version) is None]
        if not missing:
            return
        if len(self._held) > _MOST_HELD:
            self._held.clear()
        rows = session.execute(
            select(Credential, DataKey, Organization.public_id)
            .join(DataKey, DataKey.id == Credential.data_key_id)
            .join(Organization, Organization.id == Credential.organization_id)
            .where(Credential.id.in_(missing))
        )
        for row, data_key, organization in rows:
            try:
                settings = credentials.opened(row, data_key, organization, self._ring)
            except credentials.UNREADABLE as error:
                # A credential that cannot be read must not keep others from being used.
                log.error(  # noqa: TRY400 - a trace could hold what was decrypted
                    "credential_unreadable", credential_id=row.id, error=type(error).__name__
                )
                continue
            self._held[row.id] = base.Credential(
                id=row.id, version=row.version, scheme=row.scheme, settings=settings
            )


def _whole(found: Sequence[base.Credential | None]) -> tuple[base.Credential, ...] | None:
    whole = tuple(each for each in found if each is not None)
    return whole if len(whole) == len(found) else None
