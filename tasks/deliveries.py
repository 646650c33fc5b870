"""Sends the outbox. Celery only wakes relays; the database knows what is due."""

import random
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

import structlog
from kombu.exceptions import OperationalError
from redis import RedisError
from sqlalchemy.orm import Session

from config.settings import load
from models.session import database_now, session_scope
from notifiers.base import Notifier, NotifierError, Receipt
from services.operations.telemetry import attempts as attempt_telemetry
from services.operations.telemetry.attempts import AttemptOutcome
from services.outbox import wakes
from services.relay import bulkheads, claims, outcomes
from services.relay import redaction as delivery_redaction
from services.relay.claims import Claimed
from services.relay.settings import RelaySettings
from tasks.app import app
from tasks.hints import publish_committed
from tasks.relay.bulkheads import Bulkheads
from tasks.relay.wake_times import WakeTimes
from tasks.worker.redis_client import redis_client

SWEEP_LIMIT = 500
_QUEUE = "q.notifications"
_MOST_WOKEN = 100
"""The most wake-ups of one request, whose user is waiting."""
_SLOW_FROM = 10.0
"""Seconds: half of the longest time that a notifier waits."""

_CLOCK_SECONDS = 0.1
"""Seconds by which the clocks of this process and of the database may drift apart until a retry."""

# Of the sixteen threads of a worker (devstack/roles.py).
concurrency = Bulkheads(per_kind=8, per_part=4, per_bulkhead=2)

log = structlog.get_logger(__name__)


@app.task(name="deliveries.send")
def send(delivery_id: int) -> None:
    with session_scope() as session:
        bulkhead = bulkheads.of(session, delivery_id)
    if bulkhead is None or not concurrency.enter(delivery_id, bulkhead):
        return
    woken: list[int] = []
    asked_at: list[float] = []

    def asked(kind: str) -> Notifier:
        asked_at.append(time.monotonic())
        return notifier(kind)

    try:
        woken = relay(delivery_id, asked, retry_times().add)
    finally:
        slow = time.monotonic() - asked_at[0] > _SLOW_FROM if asked_at else None
        for each in (*woken, *concurrency.leave(bulkhead, slow=slow)):
            send.delay(each)


@app.task(name="deliveries.sweep")
def sweep() -> None:
    """Wake a relay for each due delivery: retries, and everything that a crash left behind.

    Add none while more wake-ups wait than one sweep adds. Otherwise the sweeps queued in an hour
    without a worker would all wake relays for the same deliveries. A delivery that waits for a
    bulkhead here is skipped, because it would only delay the others.
    """
    if redis_client().llen(_QUEUE) > SWEEP_LIMIT:
        log.warning("queue_full", queue=_QUEUE)
        return
    with session_scope() as session:
        due = claims.due(session, now=database_now(session), limit=SWEEP_LIMIT)
    for delivery_id in due:
        if not concurrency.remembers(delivery_id):
            send.delay(delivery_id)


def wake(delivery_ids: Sequence[int]) -> None:
    """Wake relays for new deliveries. The sweep wakes the rest if this fails or there are many."""
    if not delivery_ids:
        return
    try:
        # Without Redis, Celery would retry for six seconds while a user waits.
        redis_client().ping()
        for delivery_id in delivery_ids[:_MOST_WOKEN]:
            send.delay(delivery_id)
    except (OperationalError, RedisError) as error:
        log.warning("redis_gone", error=type(error).__name__)


def wake_committed(session: Session) -> None:
    """Wake a relay for each delivery that this session committed."""
    for delivery_id in wakes.take(session):
        send.delay(delivery_id)


@cache
def retry_times() -> WakeTimes:
    """Return the times of the retries of this process, so that none waits for the sweep."""
    return WakeTimes(send.delay)


@cache
def notifier(kind: str) -> Notifier:
    """Return the notifier of this process for a kind of channel."""
    from notifiers.registry import make  # noqa: PLC0415 - others only wake relays

    return make(kind, load())


@cache
def relay_settings() -> RelaySettings:
    return RelaySettings.from_settings(load())


@cache
def operators_secrets() -> frozenset[str]:
    return delivery_redaction.of_operator(load())


def relay(
    delivery_id: int,
    notifier_of: Callable[[str], Notifier],
    wake_after: Callable[[int, float], object] | None = None,
) -> list[int]:
    """Claim, send and mark one delivery; return those that may be sent as a result.

    After a failed attempt, call `wake_after` with the delivery and the seconds to its next attempt.
    If the process is killed at any point, the row is due again when its lease ends at the latest.
    """
    again: datetime | None = None
    with session_scope() as session:
        claimed = claims.claim(
            session, delivery_id, settings=relay_settings(), now=database_now(session)
        )
    publish_committed(session)
    woken = wakes.take(session)
    if claimed is None:
        return woken
    answered = _attempt(claimed, notifier_of)
    outcome = delivery_redaction.harmless(answered, claimed, operators_secrets())
    with session_scope() as session:
        now = database_now(session)
        if isinstance(outcome, NotifierError):
            chance = random.random()  # noqa: S311 - it spreads load and guards nothing
            again = outcomes.mark_failed(session, claimed, outcome, now=now, chance=chance)
        else:
            outcomes.mark_sent(session, claimed, outcome, now=now)
    publish_committed(session)
    _count(claimed.kind, outcome)
    if again and wake_after:
        wake_after(claimed.id, (again - now).total_seconds() + _CLOCK_SECONDS)
    return woken + wakes.take(session)


def _count(kind: str, outcome: Receipt | NotifierError) -> None:
    """Count an attempt for the metrics, which may miss some."""
    counted = AttemptOutcome.SENT
    if isinstance(outcome, NotifierError):
        counted = AttemptOutcome.REFUSED if outcome.permanent else AttemptOutcome.FAILED
    try:
        attempt_telemetry.count(redis_client(), kind, counted)
    except RedisError as error:
        log.warning("redis_gone", error=type(error).__name__)


def _attempt(claimed: Claimed, notifier_of: Callable[[str], Notifier]) -> Receipt | NotifierError:
    """Return what the provider answered, or the error of a refused message."""
    bound = log.bind(delivery=claimed.id, attempt=claimed.attempt, kind=claimed.kind)
    if claimed.destination is None:
        bound.error("delivery_channel_unreadable")
        return NotifierError("This service cannot read the settings of the channel.")
    try:
        receipt = notifier_of(claimed.kind).send(claimed.destination, claimed.alert)
    except NotifierError as error:
        bound.warning("delivery_refused", permanent=error.permanent, gone=error.channel_gone)
        return error
    except Exception as error:  # noqa: BLE001 - an internal error must not lose the message
        # The places, but not the message: it may contain the address.
        steps = traceback.extract_tb(error.__traceback__)
        places = [f"{step.filename}:{step.lineno}" for step in steps]
        bound.error("delivery_broken", error=type(error).__name__, places=places)
        return NotifierError("This service had an error of its own.")
    bound.info("delivery_sent")
    return receipt
