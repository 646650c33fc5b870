"""Signed messages: only a message that a component signed for this queue is accepted.

A signature is a header: `<version>.<key id>.<sender>.<milliseconds>.<HMAC-SHA-256 in hex>`. It
covers everything that is acted upon. That is the version, key id, sender, time of issue, queue,
every header, the type and encoding of the content, and the body as it is in Redis. Only two things
are left out, because the transport changes them on redelivery: the header `redelivered` and the
`delivery_info`. Neither is read.
"""

import hmac
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from security.messages.components import COMPONENTS
from security.messages.keys import MessageKeys, Sender

HEADER = "signature"
LONGEST_AGE_SECONDS = 900
"""Older messages are refused. Each is a hint, and sweeps have found its work again by this age."""
FUTURE_SECONDS = 300
"""How far the clock of a sender may be ahead of a reader's."""

_VERSION = "1"
_CONTENT = ("application/json", "utf-8", "base64")
# Sorted keys and no spaces: the same text on both sides, whatever the order on the wire.
_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class Reason(StrEnum):
    """Why a message was refused; these are the labels of a metric."""

    MALFORMED = "malformed"
    UNSIGNED = "unsigned"
    KEY = "key"
    SENDER = "sender"
    ALTERED = "altered"
    STALE = "stale"
    FUTURE = "future"
    REPLAYED = "replayed"


class RefusedError(Exception):
    """A message that must not be acted upon. It has the reason, but nothing of the content."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class NoKeyError(Exception):
    """The message is not for this process to send: it has no key for that."""


class Messages:
    """Signs and verifies with the keys of one process.

    A message is a dictionary as kombu writes it to Redis, with its body in base64.
    """

    def __init__(self, keys: MessageKeys) -> None:
        self._keys = keys
        self._senders: dict[str, Sender | None] = {}

    def sign(self, message: Mapping[str, Any], queue: str, *, now: float) -> None:
        """Add the signature to the headers, or raise `NoKeyError`. `now` is in unix seconds."""
        headers = message["headers"]
        sender = self._sender(headers["task"])
        key = self._keys.key(sender, queue) if sender else None
        if sender is None or key is None:
            raise NoKeyError(
                f"DOWNTIME_MESSAGE_KEYS contains no key that may send {headers['task']} to {queue}."
            )
        issued = str(int(now * 1000))
        digest = _digest(key, sender, issued, queue, message)
        headers[HEADER] = f"{_VERSION}.{sender.key_id}.{sender.name}.{issued}.{digest}"

    def verify(self, message: Mapping[str, Any], queue: str, *, now: float) -> str:
        """Return the identity of this message, or raise `RefusedError`.

        It may raise anything else if the input is no message at all.
        """
        headers = message["headers"]
        texts = isinstance(headers["task"], str) and isinstance(message["body"], str)
        if not texts or _content(message) != _CONTENT:
            raise RefusedError(Reason.MALFORMED)
        sender, issued, claimed = _parts(headers)
        digest = self._expected(message, queue, sender, issued)
        if not hmac.compare_digest(digest, claimed):
            raise RefusedError(Reason.ALTERED)
        age = now - int(issued) / 1000
        if age > LONGEST_AGE_SECONDS:
            raise RefusedError(Reason.STALE)
        if age < -FUTURE_SECONDS:
            raise RefusedError(Reason.FUTURE)
        return digest

    def _sender(self, task: str) -> Sender | None:
        try:
            return self._senders[task]
        except KeyError:
            sender = self._senders[task] = self._keys.sender(task)
            return sender

    def _expected(self, message: Mapping[str, Any], queue: str, sender: Sender, issued: str) -> str:
        # In this order: an unknown sender must never reach the lookup of keys.
        if sender.name not in COMPONENTS:
            raise RefusedError(Reason.SENDER)
        if message["headers"]["task"] not in COMPONENTS[sender.name].sends:
            raise RefusedError(Reason.SENDER)
        key = self._keys.key(sender, queue)
        if key is None:
            raise RefusedError(Reason.KEY)
        return _digest(key, sender, issued, queue, message)


def identity(headers: Mapping[str, Any]) -> str:
    """Return what `verify` returned for the message with these headers."""
    return str(headers[HEADER]).rpartition(".")[2]


def _parts(headers: Mapping[str, Any]) -> tuple[Sender, str, str]:
    signature = headers.get(HEADER)
    if signature is None:
        raise RefusedError(Reason.UNSIGNED)
    try:
        version, key_id, name, issued, digest = signature.split(".")
    except ValueError as error:
        raise RefusedError(Reason.MALFORMED) from error
    if version != _VERSION:
        raise RefusedError(Reason.MALFORMED)
    return Sender(key_id, name), issued, digest


def _content(message: Mapping[str, Any]) -> tuple[Any, ...]:
    encoding = message["properties"]["body_encoding"]
    return (message["content-type"], message["content-encoding"], encoding)


def _digest(key: bytes, sender: Sender, issued: str, queue: str, message: Mapping[str, Any]) -> str:
    headers = {
        name: value
        for name, value in message["headers"].items()
        if name not in (HEADER, "redelivered")
    }
    head = _text([_VERSION, sender.key_id, sender.name, issued, queue, *_content(message), headers])
    # The head is JSON in ASCII without line breaks, so the first line break ends it.
    digest = _keyed(key).copy()
    digest.update(f"{head}\n{message['body']}".encode())
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> hmac.HMAC:
    """Return the HMAC state of a key, computed once; `hmac.digest` would do so per message.

    `hmac.digest` also releases the interpreter lock each time, and then waits for other threads.
    """
    return hmac.new(key, digestmod="sha256")
