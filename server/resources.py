"""The resources of the application: settings, transactions, Redis, tokens."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app, g
from redis import Redis
from sqlalchemy.orm import Session

from config.settings import Settings
from security.egress.addresses import EgressPolicy
from security.jwt.tokens import AccessTokens
from security.links import Links
from security.vault import KeyRing
from server.counting.kept_counts import KeptCounts
from server.counting.limiter import Counts
from server.counting.seen_secrets import SeenSecrets
from server.counting.shares import Shares
from server.counting.versions import Versions
from server.readiness import Readiness
from services import slow_validation
from services.archive.rows.reading import Archived
from services.archive.rows.searching import Searched
from services.contacts.limits import ContactLimits
from services.credentials.settings import CredentialSettings
from services.operations.telemetry.requests import RequestCounts

Transactions = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction, which is committed if the block succeeds and rolled back if it raises."""

_KEY = "downtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    settings: Settings
    transaction: Transactions
    redis: Redis
    limiter: Counts
    tokens: AccessTokens
    links: Links
    egress: EgressPolicy
    ring: KeyRing
    readiness: Readiness
    shares: Shares
    versions: Versions
    kept_counts: KeptCounts = field(default_factory=KeptCounts)
    secrets: SeenSecrets = field(default_factory=SeenSecrets)
    requests: RequestCounts = field(default_factory=RequestCounts)


def provide(app: Flask, resources: Resources) -> None:
    app.extensions[_KEY] = resources


def contact_limits() -> ContactLimits:
    """Return the limits and dependencies of changes to contacts."""
    these = resources()
    countries = these.settings.text_countries
    return ContactLimits(
        ring=these.ring, policy=these.egress, text_countries=countries, examined=examined()
    )


def credential_settings() -> CredentialSettings:
    """Return the limits and dependencies of changes to credentials."""
    return CredentialSettings(ring=resources().ring, examined=examined())


def examined() -> dict[slow_validation.Key, slow_validation.Finding]:
    """Return the validation results of this request (services/slow_validation.py)."""
    known: dict[slow_validation.Key, slow_validation.Finding] = g.setdefault("examined", {})
    return known


def archived() -> Archived:
    """Return what this request has read of the archive (services/archive/rows/reading.py)."""
    known: Archived = g.setdefault("archived", {})
    return known


def searched() -> Searched:
    """Return what this request has searched of the archive (services/archive/rows/searching.py)."""
    known: Searched = g.setdefault("searched", {})
    return known


def resources() -> Resources:
    """Return the resources of the application that serves the current request."""
    return resources_of(current_app)


def resources_of(app: Flask) -> Resources:
    """Return the resources of an application."""
    return cast("Resources", app.extensions[_KEY])
