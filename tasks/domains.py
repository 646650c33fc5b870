"""Checks of domains on q.housekeeping: ask the DNS while no transaction is open, then record it.

If the process is killed in between, the domain is due again after five minutes.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import dns.resolver
import structlog
from kombu.exceptions import OperationalError
from redis import RedisError

from models.session import database_now, session_scope
from services.domains import dns_records, proofs
from tasks.app import app
from tasks.worker.redis_client import redis_client

_AT_ONCE = 10
_SECONDS = 30.0

log = structlog.get_logger(__name__)


@cache
def _resolver() -> dns.resolver.Resolver:
    """Return the resolver that this machine is configured with."""
    return dns.resolver.Resolver()


@app.task(name="housekeeping.domains", ignore_result=True, send_events=False)
def check_domains() -> None:
    """Check the domains that are due, for half a minute at most."""
    check_due(_resolver())


def check_due(resolver: dns.resolver.Resolver) -> None:
    """Check the domains that are due by this resolver."""
    ends_at = time.monotonic() + _SECONDS
    while time.monotonic() < ends_at:
        with session_scope() as session:
            due = proofs.due(session, now=database_now(session))
        if not due:
            return
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            answers = list(threads.map(lambda each: dns_records.texts(each.name, resolver), due))
        for check, texts in zip(due, answers, strict=True):
            with session_scope() as session:
                proofs.record(session, check, texts, now=database_now(session))


def wake() -> None:
    """Have the due domains checked soon; if that fails, the periodic task does it."""
    try:
        # Without Redis, Celery would retry for six seconds while a user waits.
        redis_client().ping()
        check_domains.apply_async()
    except (OperationalError, RedisError) as error:
        log.warning("redis_gone", error=type(error).__name__)
