"""The archiver of the settings: its object store, and the published keys that sign manifests."""

from pathlib import Path

from sqlalchemy.orm import Session

from config.settings import Settings
from models.session import session_scope
from security.jwt.signing_keys import SigningKeys
from security.vault import KeyRing
from services.archive import stores
from services.archive.archiver import Archiver
from services.operations import signing_keys


def archiver(settings: Settings, folder: Path) -> Archiver:
    """Return an archiver that has its temporary files in `folder`.

    Raise `StoreError` if there is no archive, or if it cannot be opened.
    """
    return Archiver(
        transaction=session_scope,
        store=stores.of(settings),
        keys=lambda session: _keys(session, settings),
        folder=folder,
    )


def _keys(session: Session, settings: Settings) -> SigningKeys:
    first = SigningKeys.of(settings.jwt_private_key.get_secret_value())
    if not settings.keys.get_secret_value():
        return first
    return signing_keys.current(session, first, ring=KeyRing.from_settings(settings))
