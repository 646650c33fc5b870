"""Publishes check messages in bulk: one Celery message per check, in the form stored in Redis.

Kombu's producer makes the same text with ten calls per message, at three times the cost of this
module including the signature (docs/development/adr/0002).
"""

import base64
import json
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from time import time
from typing import Any
from uuid import uuid4

import structlog

from config.settings import load
from domain import fair_share
from services.checks.dispatch import DueCheck
from services.operations.telemetry import messages as message_telemetry
from tasks.worker.redis_client import redis_client
from tasks.worker.signing import messages

CHECK_TASK = "checks.check"
_BATCH = 500

log = structlog.get_logger(__name__)


def check_queue(region: str) -> str:
    return f"q.checks.{region}"


def publish(due: Sequence[DueCheck]) -> None:
    """Send the checks to the queues of their regions.

    If the workers of a region lag, only as many checks are sent as its queue has room for: more
    messages would only be late. The organizations with the most checks are cut first. Raise if
    Redis cannot be reached; the caller's transaction then rolls back.
    """
    by_region = sorted(due, key=attrgetter("region"))
    for region, checks in groupby(by_region, attrgetter("region")):
        wanted = list(checks)
        chosen = _within_room(region, wanted)
        if len(chosen) < len(wanted):
            log.warning("queue_full", queue=check_queue(region), left_out=len(wanted) - len(chosen))
            message_telemetry.count_skipped(redis_client(), region)
        if chosen:
            _send(check_queue(region), chosen)


def _within_room(region: str, checks: Sequence[DueCheck]) -> Sequence[DueCheck]:
    """Choose checks fairly among organizations if the queue is, or would be, over half full."""
    most = load().queue_limit
    waiting = redis_client().llen(check_queue(region))
    if waiting + len(checks) <= most / 2:
        return checks
    owners = [each.organization_id for each in checks]
    return [checks[place] for place in fair_share.within(owners, most - waiting)]


def _send(queue: str, checks: Sequence[DueCheck]) -> None:
    now, batch = time(), uuid4().hex
    texts = []
    for number, check in enumerate(checks):
        message = message_of(check, queue, tag=f"{batch}-{number}")
        messages().sign(message, queue, now=now)
        texts.append(_text(message))
    for start in range(0, len(texts), _BATCH):
        redis_client().lpush(queue, *texts[start : start + _BATCH])


def message_of(check: DueCheck, queue: str, *, tag: str) -> dict[str, Any]:
    """Return a message of Celery's protocol 2 as kombu writes it, without the unused fields.

    These are most of them: a check has no parent, group or callback. Each message has its own
    `tag`: a check that is published again is another message.
    """
    task_id = f"{check.monitor_id}-{check.slot}-{check.region}"
    body = f"[[{check.monitor_id},{check.slot},{check.version}],{{}},{{}}]"
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": CHECK_TASK,
            "id": task_id,
        },
        "properties": {
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": tag,
        },
    }


_text = json.JSONEncoder(separators=(",", ":")).encode
