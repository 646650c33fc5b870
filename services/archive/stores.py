"""The object store that the settings name, and the archiver that uses it."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from config import archive_address
from config.settings import Settings
from models.session import session_scope
from security.jwt.signing_keys import SigningKeys
from services.archive.archiver import Archiver
from services.archive.files import store as archive_store
from services.archive.files.store import Store, StoreError

_PATIENT_SECONDS = 30


def archiver(settings: Settings, folder: Path, keys: Callable[[Session], SigningKeys]) -> Archiver:
    """Return an archiver of the settings that has its temporary files in `folder`.

    Raise `StoreError` if there is no archive, or if it cannot be opened.
    """
    return Archiver(transaction=session_scope, store=of(settings), keys=keys, folder=folder)


def is_enabled(settings: Settings) -> bool:
    return settings.archive_url != archive_address.NONE


def url_of(settings: Settings) -> str:
    """Return the address: by default, the folder `archive` in the folder of data."""
    return settings.archive_url or Path(settings.var_dir, "archive").absolute().as_uri()


def of(settings: Settings, *, timeout_seconds: int = _PATIENT_SECONDS) -> Store:
    """Return the store. Raise `StoreError` if there is none, or if it cannot be opened."""
    if not is_enabled(settings):
        raise StoreError("There is no archive: DOWNTIME_ARCHIVE_URL is `none`.")
    options = settings.archive_options.get_secret_value()
    return archive_store.connect(url_of(settings), options, timeout_seconds=timeout_seconds)
