"""Billing on q.housekeeping: read customers that have changed, and report usage.

The provider is asked while no transaction is open. If the process is killed, the account is still
due, and usage is reported again under the same identifiers.
"""

import time
from functools import cache

import structlog

from config.settings import load
from domain.plans.billing import Reading
from models.audit_entry import Via
from models.session import database_now, session_scope
from services.billing import accounts, providers, usage
from services.billing.provider import BillingProvider, ProviderError
from services.events import audit
from tasks.app import app

_MOST_PUSHES = 10
_REST_SECONDS = 60.0
"""How long a provider that failed is left alone: it would hold up the thread of housekeeping."""

_failed_at = [float("-inf")]

log = structlog.get_logger(__name__)


@cache
def provider() -> BillingProvider | None:
    return providers.of(load())


@app.task(name="housekeeping.billing", ignore_result=True, send_events=False)
def read_accounts() -> None:
    """Read the customers that an event told of, and apply what time has brought."""
    chosen = _awake()
    if chosen is not None:
        read(chosen)
    apply_time()


def apply_time() -> None:
    """Apply what time has brought to accounts that are past due, each in its own transaction."""
    with session_scope() as session:
        owing = accounts.past_due(session)
    for each in owing:
        with session_scope() as session, audit.act_of(session, Via.SYSTEM):
            accounts.apply_time(session, each, now=database_now(session))


@app.task(name="housekeeping.billing_usage", ignore_result=True)
def push_usage() -> None:
    """Report the usage of hours that are final."""
    chosen = _awake()
    if chosen is not None:
        push(chosen)


def _awake() -> BillingProvider | None:
    """Return the provider, unless it failed a moment ago."""
    return provider() if time.monotonic() - _failed_at[0] >= _REST_SECONDS else None


def read(chosen: BillingProvider) -> None:
    with session_scope() as session:
        due = accounts.due(session, now=database_now(session))
    for each in due:
        with session_scope() as session:
            began_at = database_now(session)
        try:
            found = Reading(began_at, chosen.subscription(each.customer))
        except ProviderError as error:
            _failed_at[0] = time.monotonic()
            log.warning("billing_unreadable", organization_id=each.organization_id, why=str(error))
            return
        with session_scope() as session, audit.act_of(session, Via.SYSTEM):
            accounts.store(session, each.organization_id, found, now=database_now(session))


def push(chosen: BillingProvider) -> None:
    for _ in range(_MOST_PUSHES):
        with session_scope() as session:
            found = usage.due(session, now=database_now(session))
        if found is None:
            return
        try:
            for event in found.events:
                chosen.push(event)
        except ProviderError as error:
            _failed_at[0] = time.monotonic()
            log.warning("usage_not_pushed", organization_id=found.organization_id, why=str(error))
            return
        with session_scope() as session:
            usage.note_pushed(session, found)
