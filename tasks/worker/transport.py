"""Kombu's Redis transport: signed at both ends, and with fewer round trips.

A task message is signed when it is sent and verified when it is received
(tasks/worker/admission.py). Code above this file never sees an unsigned one.

Kombu itself pops one message per round trip, writes each to the unacknowledged set in another and
acknowledges it in a third. It builds a client each time. That is a third of the cost of a check
(docs/development/adr/0002). This transport takes and acknowledges many messages at once.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from queue import Empty
from time import time
from typing import Any

import structlog
from kombu import transport as kombu_transport
from kombu.transport import redis as kombu_redis
from kombu.transport import virtual
from kombu.utils.encoding import bytes_to_str
from redis import RedisError

from security.messages.messages import identity
from services.operations import replay_cache
from tasks.worker.admission import Admitted, Message, admit, leaves_record
from tasks.worker.redis_commands import PACKER
from tasks.worker.signing import messages

POP_AT_MOST = 200
"""Messages taken in one round trip; lost if the worker is killed before it notes them."""

log = structlog.get_logger(__name__)


def register() -> None:
    """Make every `redis://` and `rediss://` address of this process use this transport."""
    for scheme in ("redis", "rediss"):
        kombu_transport.TRANSPORT_ALIASES[scheme] = "tasks.worker.transport:Transport"


class BulkQoS(kombu_redis.QoS):
    """Notes and acknowledges messages in bulk."""

    # Set by the base class; its stubs declare them optional or of another type.
    channel: "Channel"
    _delivered: OrderedDict[str, Any]
    _dirty: set[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._noted: set[str] = set()

    def room(self) -> int:
        """Return how many more messages may be in flight."""
        if not self.prefetch_count:
            return POP_AT_MOST
        return max(0, self.prefetch_count - (len(self._delivered) - len(self._dirty)))

    def note(self, admitted: Sequence[Admitted], queue: str) -> None:
        """Write messages that were just popped to the unacknowledged set, in one round trip.

        An entry is a JSON list of the message, its exchange and its routing key. The text of the
        message was verified, so it is not encoded again.
        """
        now = time()
        index: dict[str, float] = {}
        payloads: dict[str, bytes] = {}
        place = f',"",{json.dumps(queue)}]'.encode()
        for each in admitted:
            tag = each.message["properties"]["delivery_tag"]
            index[tag] = now
            payloads[tag] = b"[" + each.text + place
        with self.pipe_or_acquire() as pipe:
            pipe.zadd(self.unacked_index_key, index)
            pipe.hset(self.unacked_key, mapping=payloads)
            pipe.execute()
        self._noted.update(index)

    def append(self, message: virtual.Message, delivery_tag: str) -> None:
        if delivery_tag in self._noted:
            self._noted.discard(delivery_tag)
            virtual.QoS.append(self, message, delivery_tag)
        else:
            super().append(message, delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge and add the message to the replay cache, atomically."""
        message = self._delivered.get(delivery_tag)
        with self._no_longer_in_flight([delivery_tag]), self.pipe_or_acquire() as pipe:
            pipe.zrem(self.unacked_index_key, delivery_tag)
            pipe.hdel(self.unacked_key, delivery_tag)
            if message is not None and leaves_record(message.headers):
                replay_cache.note(pipe, identity(message.headers))
            pipe.execute()

    def ack_many(self, delivery_tags: Sequence[str]) -> None:
        """Acknowledge messages without a replay record; for the thread of the event loop."""
        with self._no_longer_in_flight(delivery_tags), self.pipe_or_acquire() as pipe:
            pipe.zrem(self.unacked_index_key, *delivery_tags)
            pipe.hdel(self.unacked_key, *delivery_tags)
            pipe.execute()

    @contextmanager
    def _no_longer_in_flight(self, delivery_tags: Sequence[str]) -> Iterator[None]:
        """Make room for other messages, even if Redis does not answer; then these come again.

        Otherwise a worker that takes one message at a time would never take another.
        """
        errors: tuple[type[Exception], ...] = (*self.channel.connection_errors, RedisError)
        try:
            yield
        except errors as error:
            log.warning(
                "acknowledgement_lost", error=type(error).__name__, count=len(delivery_tags)
            )
        finally:
            for tag in delivery_tags:
                virtual.QoS.ack(self, tag)


class Channel(kombu_redis.Channel):
    """Pops as many messages as there is room for, with one client for all short commands."""

    QoS = BulkQoS

    # Attributes of the base class that its stubs do not name.
    qos: BulkQoS
    connection_errors: tuple[type[Exception], ...]
    _queue_cycle: Any
    _create_client: Callable[[], Any]

    def _connparams(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        made: dict[str, Any] = super()._connparams(*args, **kwargs)  # type: ignore[misc] # not in the stubs
        return made | {"command_packer": PACKER}

    @cached_property
    def _short_commands(self) -> Any:
        return self._create_client()

    @contextmanager
    def conn_or_acquire(self, client: Any = None) -> Iterator[Any]:
        yield client or self._short_commands

    def _inplace_augment_message(
        self, message: Message, exchange: str | None, routing_key: str
    ) -> None:
        super()._inplace_augment_message(message, exchange, routing_key)
        # The routing key of each queue is its name (celeryconfig.py).
        if "task" in message["headers"]:
            messages().sign(message, routing_key, now=time())

    def _get(self, queue: str, timeout: float | None = None) -> Message:
        """Return one message without waiting. Raise `Empty` if there is none."""
        del timeout
        with self.conn_or_acquire() as client:
            item = client.rpop(queue)
            for each in admit([item] if item else [], queue, client):
                return each.message
        raise Empty

    def _brpop_read(self, **options: Any) -> bool:
        """Deliver the message that was waited for, and those queued behind it."""
        connection = self.client.connection
        try:
            try:
                popped = self.client.parse_response(connection, "BRPOP", **options)
            except self.connection_errors:
                connection.disconnect()
                raise
            if not popped:
                raise Empty
            self._deliver_all(*popped)
        finally:
            self._in_poll = None
        return True

    def _deliver_all(self, key: bytes, first: bytes) -> None:
        queue = bytes_to_str(key).rsplit(self.sep, 1)[0]
        self._queue_cycle.rotate(queue)
        more = min(self.qos.room() - 1, POP_AT_MOST)
        behind = (self._short_commands.rpop(key, more) or []) if more > 0 else []
        admitted = admit([first, *behind], queue, self._short_commands)
        if admitted:
            self.qos.note(admitted, queue)
        for each in admitted:
            self.connection._deliver(each.message, queue)  # noqa: SLF001 - as in the original


class Transport(kombu_redis.Transport):
    Channel = Channel
