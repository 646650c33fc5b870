"""Credentials, and what is in them."""

from datetime import datetime
from typing import Any, Unpack

from sqlalchemy.orm import Session

from models import Credential, Monitor
from probes.auth.bearer import BearerSettings
from security.vault import KeyRing
from services.credentials import credentials
from services.credentials.credentials import CredentialChanges, CredentialValues
from services.credentials.settings import CredentialSettings
from services.credentials.unsealed import OpenCredentials
from tests.factories import monitors
from tests.factories.keys import RING

SETTINGS = CredentialSettings(ring=RING)


def credential(
    session: Session,
    organization_id: int,
    *,
    now: datetime,
    name: str = "Shop login",
    scheme: str = "bearer",
    **fields: Any,  # noqa: ANN401 - those of any scheme
) -> Credential:
    given = fields or {"token": "t-0123456789"}
    values = CredentialValues(name=name, scheme=scheme, fields=given)
    return credentials.create(
        session, organization_id, values, settings=SETTINGS, now=now
    ).credential


def watched_with(
    session: Session,
    organization_id: int,
    *used: Credential,
    now: datetime,
    **values: Any,  # noqa: ANN401 - those of a monitor
) -> Monitor:
    """Make a monitor that uses these credentials."""
    ids = [each.public_id for each in used]
    return monitors.monitor(session, organization_id, now=now, credential_ids=ids, **values)


def token(session: Session, monitor: Monitor, ring: KeyRing = RING) -> str:
    """Read the token of a monitor's first credential as a worker does."""
    opened = OpenCredentials(ring).of(session, [monitor.id])[monitor.id]
    assert opened is not None
    settings = opened[0].settings
    assert isinstance(settings, BearerSettings)
    return settings.token.get_secret_value()


def change(
    session: Session,
    of: Credential,
    *,
    now: datetime,
    **changes: Unpack[CredentialChanges],
) -> None:
    credentials.change(
        session, of.organization_id, of.public_id, changes, settings=SETTINGS, now=now
    )
