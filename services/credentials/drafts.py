"""Drafts: the values of a monitor that are not stored, and that a test run tries.

They may hold secrets, and name credentials. So they are sealed until a worker takes them, and are
in no message.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from models import DataKey, Organization, TestRun
from probes import registry, urls
from probes.base import Target
from security import vault
from security.vault import KeyRing, Sealed, VaultError
from services import data_keys
from services.credentials.unsealed import OpenCredentials
from services.errors import Conflict
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.monitors.monitors import Rights
from services.monitors.relations import Known
from services.monitors.values import MonitorValues, checked

_UNREADABLE = (VaultError, ValidationError, KeyError, ValueError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a check needs. `origin` is where credentials go that name no origin yet."""

    kind: str
    url: str
    settings: Mapping[str, Any]
    timeout_seconds: int
    latency_threshold_ms: int | None
    credential_ids: Sequence[str]
    origin: str
    region: str
    project: int | None = None
    """The key of the project of the monitor, to which the test run belongs, too."""


def of_new(session: Session, organization_id: int, values: MonitorValues, *, own: Rights) -> Draft:
    """Return the draft of a monitor that could be created. Raise as its creation would."""
    known = monitors.known_to(session, organization_id, [values], own)
    return _draft(checked(values, known), known)


def of_change(
    session: Session,
    organization_id: int,
    monitor_id: uuid.UUID,
    changes: MonitorChanges,
    *,
    own: Rights,
) -> Draft:
    """Return the draft of a changed monitor. Raise as the change would."""
    before = monitors.present_values(session, organization_id, monitor_id)
    after, known = monitors.changed(session, organization_id, before, changes, own)
    return _draft(after, known)


def seal(
    session: Session, test_run: TestRun, draft: Draft, *, ring: KeyRing, now: datetime
) -> None:
    """Seal a draft into its test run."""
    row = data_keys.to_seal_with(session, test_run.organization_id, ring=ring, now=now)
    key = data_keys.opened(row, ring)
    sealed = key.seal(json.dumps(asdict(draft)).encode(), bound_to=_place(session, test_run))
    test_run.data_key_id = row.id
    test_run.nonce, test_run.ciphertext = sealed.nonce, sealed.ciphertext


def forget(test_run: TestRun) -> None:
    """Remove the draft, which nobody reads a second time."""
    test_run.data_key_id = test_run.nonce = test_run.ciphertext = None


def target(session: Session, test_run: TestRun, unsealed: OpenCredentials) -> Target | None:
    """Return the target of a sealed draft, or None if it or a credential cannot be read."""
    try:
        return _target(session, test_run, _opened(session, test_run, unsealed), unsealed)
    except _UNREADABLE as error:
        log.error(  # noqa: TRY400 - a trace could hold what was decrypted
            "draft_unreadable", test_run_id=test_run.id, error=type(error).__name__
        )
        return None


def _draft(values: MonitorValues, known: Known) -> Draft:
    if values.kind not in registry.KINDS:
        raise Conflict("A heartbeat cannot be checked: its job reports by itself.")
    named = values.credential_ids
    return Draft(
        kind=values.kind,
        url=values.url or "",
        settings=values.settings,
        timeout_seconds=values.timeout_seconds or 1,
        latency_threshold_ms=values.latency_threshold_ms,
        credential_ids=[str(each) for each in named],
        origin=urls.origin_of(values.url or "") if named and known.may_name_origins else "",
        region=(values.regions or [known.usual_region])[0],
        project=None if values.project_id is None else known.projects[values.project_id],
    )


def _opened(session: Session, test_run: TestRun, unsealed: OpenCredentials) -> Draft:
    if test_run.nonce is None or test_run.ciphertext is None:
        raise KeyError("draft")
    key = unsealed.opened_key(session.get_one(DataKey, test_run.data_key_id))
    sealed = Sealed(test_run.nonce, test_run.ciphertext)
    return Draft(**json.loads(key.open(sealed, bound_to=_place(session, test_run))))


def _target(
    session: Session, test_run: TestRun, draft: Draft, unsealed: OpenCredentials
) -> Target | None:
    public_ids = [uuid.UUID(each) for each in draft.credential_ids]
    credentials = unsealed.named(session, test_run.organization_id, public_ids)
    if credentials is None:
        return None
    first_use = frozenset({draft.origin} if draft.origin else ())
    return Target(
        kind=draft.kind,
        url=draft.url,
        timeout_seconds=draft.timeout_seconds,
        latency_threshold_ms=draft.latency_threshold_ms,
        settings=registry.KINDS[draft.kind].settings.model_validate(draft.settings),
        credentials=tuple(
            each if each.origins else replace(each, origins=first_use) for each in credentials
        ),
        organization=test_run.organization_id,
    )


def _place(session: Session, test_run: TestRun) -> bytes:
    organization = session.get_one(Organization, test_run.organization_id)
    return vault.place(
        "test_run",
        organization=organization.public_id,
        row=test_run.public_id,
        kind="draft",
        version=1,
    )
