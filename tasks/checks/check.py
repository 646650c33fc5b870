"""The check task: its messages stream through a pipeline and occupy no pool slots."""

import gc
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from celery import Task
from celery.signals import celeryd_after_setup, worker_ready, worker_shutdown
from kombu.exceptions import OperationalError
from kombu.message import Message
from redis import RedisError

from config.settings import load
from security.vault import KeyRing
from services.operations.telemetry import checks as check_telemetry
from tasks.app import app
from tasks.checks.streaming import Request, Stored
from tasks.deliveries import send
from tasks.hints import publish
from tasks.worker.publisher import CHECK_TASK
from tasks.worker.redis_client import redis_client
from tasks.worker.task_events import SampledTask, sampler

if TYPE_CHECKING:
    from tasks.checks.pipeline import Pipeline

_COLLECT_EVERY = 20_000
"""Objects: those of some hundred checks in flight."""

log = structlog.get_logger(__name__)


class Receipt(NamedTuple):
    """What acknowledges a message, and what reports its end if it is one of the sample."""

    hub: Any
    message: Message
    sampled: SampledTask | None


class StreamedTask(Task):  # type: ignore[type-arg] # the class at run time takes no parameters
    """A task whose messages go to `streaming_strategy`; nothing of it runs in the pool."""

    Strategy = "tasks.checks.check:streaming_strategy"


# `streaming_strategy` sends the events of a sample.
@app.task(name=CHECK_TASK, base=StreamedTask, send_events=False, ignore_result=True)
def check(monitor_id: int, slot: int, version: int) -> None:
    """Submit the check of one monitor for one slot; the pipeline stores the result later."""
    pipeline().submit(Request(monitor_id, slot, version, receipt=None))


@cache
def pipeline() -> "Pipeline":
    """Return the pipeline of this process, which the first call starts.

    Only check workers call this, so the imports are local: other processes do not load the probes.
    """
    from probes.engine.fair_queue import Limits  # noqa: PLC0415 - see above
    from security.egress.guard import EgressPolicy  # noqa: PLC0415 - see above
    from tasks.checks.pipeline import Pipeline, Worker  # noqa: PLC0415 - see above

    settings = load()
    running = Pipeline(
        Worker(
            EgressPolicy.from_settings(settings),
            region=settings.region,
            references=settings.reference_targets,
        ),
        capacity=settings.checks_in_flight,
        ring=KeyRing.from_settings(settings),
        stored=_stored,
        limits=Limits(
            per_host=settings.checks_per_host,
            per_address=settings.checks_per_address,
            organization_share=settings.organization_share,
            slow_share=settings.slow_share,
        ),
    )
    running.start()
    _spare_collector()
    return running


def _spare_collector() -> None:
    """Collect cyclic garbage rarely, and never scan the objects that exist at this point.

    A check leaves no cycles. Python's collection after every 700 objects took a tenth of a worker.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)


@celeryd_after_setup.connect
def _refuse_without_key(instance: Any, **_: Any) -> None:
    """Refuse to start a check worker that cannot read credentials or has invalid references."""
    if _reads_checks(instance.app):
        from probes.engine.own_network import checked_reference  # noqa: PLC0415 - as in `pipeline`

        try:
            KeyRing.from_settings(load())
            for reference in load().reference_targets:
                checked_reference(reference)
        except ValueError as error:
            # Celery only logs other exceptions of signal handlers.
            raise SystemExit(str(error)) from error


@worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    """Start the pipeline at once. It registers the region, which no monitor can use before."""
    if _reads_checks(sender.app):
        pipeline()


def _reads_checks(app: Any) -> bool:
    return any(name.startswith("q.checks.") for name in app.amqp.queues.consume_from)


@worker_shutdown.connect
def _stop(**_: Any) -> None:
    if pipeline.cache_info().currsize:
        pipeline().stop()


def streaming_strategy(task: object, app: object, consumer: Any) -> Callable[..., None]:
    """Return the handler that a consumer calls for each check message, on its event loop."""
    del task, app
    hub = consumer.hub

    def handle(
        message: Message, _body: object, _ack: object, reject: Callable[..., None], *_: object
    ) -> None:
        try:
            monitor_id, slot, version = _arguments(message)
        except (TypeError, ValueError) as error:
            log.warning("check_message_malformed", error=type(error).__name__)
            reject(log, consumer.connection_errors, requeue=False)
            return
        sampled = _sampled(consumer, message)
        receipt = Receipt(hub, message, sampled)
        pipeline().submit(Request(monitor_id, slot, version, receipt=receipt))
        if sampled:
            sampled.start()

    return handle


def _sampled(consumer: Any, message: Message) -> SampledTask | None:
    now = time.monotonic()
    if not sampler().admits(now):
        return None
    return SampledTask(consumer, str(message.headers["id"]), CHECK_TASK, now)


def _arguments(message: Message) -> tuple[int, int, int]:
    (monitor_id, slot, version), _, _ = json.loads(message.body or "")
    if not all(type(number) is int for number in (monitor_id, slot, version)):
        raise TypeError
    return monitor_id, slot, version


def _stored(stored: Stored) -> None:
    """After a commit: acknowledge, wake relays, count. Other code makes up for failures here."""
    receipts: list[Receipt] = [receipt for receipt in stored.receipts if receipt]
    if receipts:
        hub = receipts[0].hub
        hub.call_soon(_acknowledge, [receipt.message for receipt in receipts])
    for receipt in receipts:
        if receipt.sampled:
            receipt.hub.call_soon(_finish, receipt.sampled, bool(stored.outcomes))
    publish(stored.hints)
    try:
        for delivery_id in stored.deliveries:
            send.delay(delivery_id)
        check_telemetry.count(
            redis_client(),
            load().region,
            stored.outcomes,
            stored.lateness,
            stale=stored.stale,
        )
    except (OperationalError, RedisError) as error:
        log.warning("redis_gone", error=type(error).__name__)


def _finish(sampled: SampledTask, is_done: bool) -> None:  # noqa: FBT001 - the loop passes it on
    sampled.finish(time.monotonic(), is_done=is_done)


def _acknowledge(messages: Sequence[Message]) -> None:
    """Acknowledge in one round trip; runs on the event loop, like all of the consumer's commands.

    A message whose acknowledgement Redis does not receive comes again, and finds its row written.
    """
    for channel, group in groupby(messages, key=lambda message: message.channel):
        channel.qos.ack_many([message.delivery_tag for message in group])
