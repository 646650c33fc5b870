"""The self-monitor: a thread that checks the health of this service, without beat or a queue.

While the service is healthy, it pings the URL of the dead man's switch. If the service is unhealthy
for longer than a restart takes, it mails the operator directly. It runs in the workers of
q.housekeeping. If those are dead too, the dead man's switch alerts because the pings stop.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Protocol

import structlog
from celery.signals import celeryd_after_setup, worker_shutdown
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings, load
from domain.evaluation import episode
from domain.evaluation.episode import Episode, EpisodeChange
from domain.health import Part
from models.session import database_now, session_scope
from services.archive import stores as archive_stores
from services.checks import dispatch_stalls
from services.checks.dispatch_stalls import Stall
from services.operations import health, operator_alerts
from services.operations.operator_alerts import HealthNotice
from tasks.worker.redis_client import redis_client

_ROUND_SECONDS = 15.0
_LIFE_SECONDS = 60.0
_QUEUE = "q.housekeeping"

log = structlog.get_logger(__name__)


class Mail(Protocol):
    def began(self, problems: Sequence[str]) -> None: ...

    def over(self) -> None: ...

    def stalled(self, sentence: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What the self-monitor checks and notifies; either may be missing."""

    examine: Callable[[], Sequence[Part]]
    ping_watchdog: Callable[[], bool] | None = None
    mail: Mail | None = None
    stalls: Callable[[Callable[[Stall], None]], None] | None = None
    """Calls a reporter once with the unreported stalls; if it raises, they are reported again."""


class SelfMonitor:
    """Checks the health once per call of `examine`, which takes a time of a monotonic clock."""

    def __init__(self, duties: Duties, redis: Redis) -> None:
        self._duties = duties
        self._redis = redis
        self._episode = Episode(notified=operator_alerts.was_notified(redis))
        self._notified_alone = False
        self._next_sign = float("-inf")

    def examine(self, now: float) -> None:
        problems = [part.problem for part in self._duties.examine() if part.problem]
        if problems:
            log.warning("unhealthy", problems=problems)
        elif self._duties.ping_watchdog and now >= self._next_sign and self._duties.ping_watchdog():
            self._next_sign = now + _LIFE_SECONDS
        if self._duties.mail:
            self._notify(self._duties.mail, problems, now)
            self._report_stalls(self._duties.mail)

    def _report_stalls(self, mail: Mail) -> None:
        if self._duties.stalls is None:
            return
        try:
            self._duties.stalls(lambda stall: mail.stalled(in_words(stall)))
        except (OSError, SQLAlchemyError) as error:
            # The next round tries again. Only the class: the message may contain the login.
            log.error("operator_not_notified", error=type(error).__name__)  # noqa: TRY400 - see above

    def _notify(self, mail: Mail, problems: Sequence[str], now: float) -> None:
        self._episode, turn = episode.advance(self._episode, well=not problems, now=now)
        if turn is None:
            return
        try:
            was_notified = (
                self._notify_opened(partial(mail.began, problems))
                if turn is EpisodeChange.BEGAN
                else self._notify_resolved(mail.over)
            )
        except (OSError, RedisError) as error:
            # The next round tries again. Only the class: the message may contain the login.
            log.error("operator_not_notified", error=type(error).__name__)  # noqa: TRY400 - see above
            return
        if was_notified:
            self._episode = episode.notified(turn)

    def _notify_opened(self, send: Callable[[], None]) -> bool:
        try:
            was_notified = operator_alerts.notify(self._redis, HealthNotice.BEGAN, send)
        except RedisError:
            send()
            was_notified = self._notified_alone = True
        else:
            self._notified_alone = False
        return was_notified

    def _notify_resolved(self, send: Callable[[], None]) -> bool:
        if not self._notified_alone:
            return operator_alerts.notify(self._redis, HealthNotice.OVER, send)
        send()
        return True


def in_words(stall: Stall) -> str:
    """Return the start, the end, the length and the missed checks of a stall as text."""
    start, end = (datetime.fromtimestamp(each, UTC) for each in (stall.start, stall.end))
    return (
        f"No checks were dispatched from {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC"
        f" ({stall.seconds:,} s). {stall.missed:,} checks were missed."
    )


def report_stalls(report: Callable[[Stall], None]) -> None:
    """Report the unreported stalls outside of a transaction. Raise what `report` raises."""
    with session_scope() as session:
        taken_at = database_now(session)
        stall = dispatch_stalls.take_unreported(session, now=taken_at)
    if stall is None:
        return
    try:
        report(stall)
    except Exception:
        with session_scope() as session:
            dispatch_stalls.give_back(session, taken_at=taken_at)
        raise


@cache
def _stopping() -> threading.Event:
    return threading.Event()


@celeryd_after_setup.connect
def _begin(instance: Any, **_: Any) -> None:
    """Start before the worker connects to Redis, which may be the failing part."""
    if _QUEUE not in instance.app.amqp.queues.consume_from:
        return
    duties = _duties(load())
    if duties.ping_watchdog or duties.mail:
        self_monitor = SelfMonitor(duties, redis_client())
        threading.Thread(
            target=_watch, args=(self_monitor,), name="self-monitor", daemon=True
        ).start()


def _duties(settings: Settings) -> Duties:
    from notifiers.email.operator_mail import OperatorMail  # noqa: PLC0415 - few workers need it
    from services.operations import dead_mans_switch  # noqa: PLC0415 - see above

    url = settings.watchdog_url
    try:
        mail = OperatorMail.from_settings(settings) if settings.operator_email else None
    except ValueError as error:
        # Celery only logs other exceptions of signal handlers.
        raise SystemExit(f"DOWNTIME_OPERATOR_EMAIL: {error}") from error
    return Duties(
        examine=lambda: health.examine(
            session_scope,
            redis_client(),
            wall_clock=time.time(),
            is_archiving=archive_stores.is_enabled(settings),
        ),
        ping_watchdog=partial(dead_mans_switch.ping_watchdog, url)
        if url.get_secret_value()
        else None,
        mail=mail,
        stalls=report_stalls,
    )


def _watch(self_monitor: SelfMonitor) -> None:
    while True:
        try:
            self_monitor.examine(time.monotonic())
        except Exception:
            # The top of the loop: no error may end the self-monitor.
            log.exception("self_monitor_failed")
        if _stopping().wait(_ROUND_SECONDS):
            return


@worker_shutdown.connect
def _stop(**_: Any) -> None:
    _stopping().set()
