"""Sites that send back all that they were sent, and receivers of messages that are no better."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.canary import marks
from tests.servers.site import Answer, ScriptedSite

ISSUED = marks.new()
"""The token that the site's token endpoint and its logins hand out."""


@contextmanager
def echo() -> Iterator[ScriptedSite]:
    """Give a site that answers `/<status>…` with that status, and with the request itself."""
    with ScriptedSite() as site:
        site.answer = lambda path: _answer(site, path)
        yield site


@contextmanager
def receiver(status: int) -> Iterator[ScriptedSite]:
    """Give a receiver of messages that refuses each, in words that are those it was sent; 0 hangs up."""
    with ScriptedSite() as site:
        site.answer = lambda _: _refusal(status, site.received[-1])
        yield site


def _refusal(status: int, sent: bytes) -> bytes:
    if not status:
        return b""
    said = sent.decode(errors="replace")
    parts = [said[at : at + 150] for at in range(0, len(said), 150)]
    words = dict.fromkeys(("message", "description", "sid", "error"), said)
    body = json.dumps({**words, "ok": False, "errors": parts})
    return _response(status, body.encode(), b"application/json")


def _answer(site: ScriptedSite, path: str) -> Answer:
    sent = site.received[-1]
    # Of a proxy the whole address is asked for.
    place = path.partition("://")[2].partition("/")[2] if "://" in path else path[1:]
    if place.startswith(("token", "login")):
        body = json.dumps({"access_token": ISSUED, "token": ISSUED, "token_type": "Bearer"})
        return _response(200, body.encode(), b"application/json")
    status = int(place[:3]) if place[:3].isdecimal() else 404
    return _response(status, sent, b"text/plain", b"X-Asked: " + sent.split(b"\r\n")[0] + b"\r\n")


def _response(status: int, body: bytes, kind: bytes, more: bytes = b"") -> bytes:
    cookie = f"Set-Cookie: session={ISSUED}\r\n".encode()
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n".encode()
    return head + b"Content-Type: " + kind + b"\r\n" + cookie + more + b"\r\n" + body
