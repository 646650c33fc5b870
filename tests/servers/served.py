"""A WSGI application that does what a test asks for by the path, and workers with little patience."""

import os
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from server.serving.limits import SECONDS, Wait
from server.worker import Worker

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PIECE = 64 * 1024
_ended = 0


class Hasty(Worker):
    """Gives clients hardly any time."""

    seconds: ClassVar = {**SECONDS, Wait.HEAD: 0.5, Wait.BODY: 0.5, Wait.ANSWER: 0.5}


class Steady(Worker):
    """Gives clients some seconds for each part of an answer."""

    seconds: ClassVar = {**SECONDS, Wait.ANSWER: 3.0}


class Small(Worker):
    """Keeps little of what clients send."""

    most_held = 1024 * 1024


def app(environ: "WSGIEnvironment", respond: "StartResponse") -> "Iterator[bytes] | list[bytes]":
    act, _, value = environ["PATH_INFO"].strip("/").partition("/")
    if act == "healthz":
        # This is not the API: that it serves is none of the database's business.
        respond("404 Not Found", [("Content-Length", "0")])
        return []
    if act in {"stream", "breaks"}:
        respond("200 OK", [("Content-Type", "application/octet-stream")])
        return _pieces(int(value), breaks=act == "breaks")
    body = _body(act, value, environ)
    name = "X Header" if act == "broken" else "X-Header"
    respond("200 OK", [("Content-Length", str(len(body))), (name, "fine")])
    return [body]


def _body(act: str, value: str, environ: "WSGIEnvironment") -> bytes:
    match act:
        case "echo":
            return bytes(environ["wsgi.input"].read())
        case "large":
            return b"x" * int(value)
        case "process":
            return str(os.getpid()).encode()
        case "ended":
            return str(_ended).encode()
        case "wait":
            # Until the test has done what it wants to do meanwhile.
            Path(value.replace("~", "/") + ".begun").touch()
            while not Path(value.replace("~", "/")).exists():
                time.sleep(0.01)
    return (value or "fine").encode()


def _pieces(count: int, *, breaks: bool) -> Iterator[bytes]:
    global _ended  # noqa: PLW0603 - what has ended is asked for by another request
    try:
        yield from repeat(b"x" * PIECE, count)
        if breaks:
            raise ValueError("There is no more.")
    finally:
        _ended += 1
