"""Limits of bytes and seconds for clients of a process that serves many."""

from enum import Enum

LARGEST_HEAD = 64 * 1024
LARGEST_BODY = 1024 * 1024
"""Bytes of the largest body that any route accepts."""
LARGEST_CHUNKED = 2 * LARGEST_BODY
"""Bytes of a chunked body, including its framing."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes of incomplete requests and unsent answers that a process keeps."""
MOST_DRAINED = 4 * 1024 * 1024
"""Bytes that are read and discarded from a client that sends after a refusal."""
MUCH = 64 * 1024
"""Bytes of an answer that are kept before the application produces more."""


class Wait(Enum):
    """The action that a connection waits for."""

    IDLE = "begin another request"
    HEAD = "finish the head of a request"
    BODY = "finish its body"
    ANSWER = "take the answer"
    CLOSING = "close its end"


SECONDS = {Wait.HEAD: 10.0, Wait.BODY: 20.0, Wait.ANSWER: 30.0, Wait.CLOSING: 2.0}
"""The time limit of each wait. For an answer it applies to each `MUCH` bytes."""
