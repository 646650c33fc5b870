"""What somebody who reaches Redis makes of a message, and why a worker refuses it."""

import base64
import json
import os
from collections.abc import Callable
from time import time

from security.messages.keys import MessageKeys
from security.messages.messages import HEADER, Messages
from tests.tasks.queue_worker import Raw, keys_of

CANARY = "canary-8e21"


def everyone() -> Messages:
    return Messages(MessageKeys.parse(os.environ["DOWNTIME_MESSAGE_KEYS"]))


def unsigned(message: Raw) -> None:
    del message["headers"][HEADER]


def other_arguments(message: Raw) -> None:
    body = json.dumps([[CANARY], {}, {}]).encode()
    message["body"] = base64.b64encode(body).decode()


def other_task(message: Raw) -> None:
    message["headers"]["task"] = "housekeeping.partitions"


def other_id(message: Raw) -> None:
    message["headers"]["id"] = CANARY


def postponed(message: Raw) -> None:
    message["headers"]["eta"] = "2040-01-01T00:00:00+00:00"


def of_yesterday(message: Raw) -> None:
    del message["headers"][HEADER]
    everyone().sign(message, "q.housekeeping", now=time() - 86_400)


def of_tomorrow(message: Raw) -> None:
    del message["headers"][HEADER]
    everyone().sign(message, "q.housekeeping", now=time() + 86_400)


def of_another_queue(message: Raw) -> None:
    del message["headers"][HEADER]
    everyone().sign(message, "q.notifications", now=time())


def of_another_sender(message: Raw) -> None:
    del message["headers"][HEADER]
    message["headers"]["task"] = "deliveries.send"
    # With a key that this worker holds, for what that key may send.
    Messages(MessageKeys.parse(keys_of("checks"))).sign(message, "q.housekeeping", now=time())
    message["headers"]["task"] = "housekeeping.tokens"


def of_a_stranger(message: Raw) -> None:
    del message["headers"][HEADER]
    key = base64.b64encode(b"s" * 32).decode()
    Messages(MessageKeys.parse(f"stranger:{key}")).sign(message, "q.housekeeping", now=time())


def of_the_first_protocol(message: Raw) -> None:
    body = {"task": "housekeeping.tokens", "id": CANARY, "args": [], "kwargs": {}}
    message["headers"] = {}
    message["body"] = base64.b64encode(json.dumps(body).encode()).decode()


def in_yaml(message: Raw) -> None:
    message["content-type"] = "application/x-yaml"
    message["body"] = base64.b64encode(b"[[], {}, {}]").decode()


def in_another_encoding(message: Raw) -> None:
    message["properties"]["body_encoding"] = None


def a_bomb(message: Raw) -> None:
    message["headers"]["compression"] = "application/x-bz2"


FORGERIES: list[tuple[Callable[[Raw], None], str]] = [
    (unsigned, "unsigned"),
    (other_arguments, "altered"),
    (other_task, "altered"),
    (other_id, "altered"),
    (postponed, "altered"),
    (a_bomb, "altered"),
    (of_yesterday, "stale"),
    (of_tomorrow, "future"),
    (of_another_queue, "altered"),
    (of_another_sender, "sender"),
    (of_a_stranger, "key"),
    (of_the_first_protocol, "malformed"),
    (in_yaml, "malformed"),
    (in_another_encoding, "malformed"),
]
