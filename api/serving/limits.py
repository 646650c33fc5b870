"""What a client may take up of a process that serves many: bytes and seconds."""

from enum import Enum

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024 * 1024
"""Bytes of a body, the largest that any route takes."""
LARGEST_CHUNKED = 2 * LARGEST_BODY
"""Bytes of a body in chunks, with what frames them."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes that a process keeps of requests that come in, and of answers that go out."""
MOST_DRAINED = 4 * 1024 * 1024
"""Bytes that are read for nothing, of a client that sends on after it was refused."""
MUCH = 64 * 1024
"""Bytes of an answer that are kept before the application makes more of it."""


class Wait(Enum):
    """What a connection waits for its client to do."""

    IDLE = "begin another request"
    HEAD = "finish the head of a request"
    BODY = "finish its body"
    ANSWER = "take the answer"
    CLOSING = "close its end"


SECONDS = {Wait.HEAD: 10.0, Wait.BODY: 20.0, Wait.ANSWER: 30.0, Wait.CLOSING: 2.0}
"""How long, in all; an answer has as long for each `MUCH` bytes."""
