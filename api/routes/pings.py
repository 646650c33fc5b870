"""Pings of jobs: `/ping/<token>[/start|/fail|/log|/<exit code>]`, for any HTTP client.

There is no login: the token is unguessable and valid for one job.
"""

import re
import uuid
from math import ceil

from flask import Blueprint, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.evaluation.heartbeat import Signal
from models.session import database_now
from server.limits.unknown_secrets import looking_up_ping
from server.request.lifecycle import read_body
from server.resources import resources
from services.errors import NotFound, TooMany
from services.heartbeats import pings
from services.heartbeats.pings import Message

LARGEST_BODY = 10_000
"""The bytes of a body that are stored. The rest is cut off, because the ping matters more."""

_TOKEN = re.compile(r"[a-z2-7]{32}")
_EXIT_CODE = re.compile(r"[0-9]{1,3}")
_LARGEST_CODE = 255
_SIGNALS = {signal.value: signal for signal in Signal}
_METHODS = ["GET", "HEAD", "POST"]

blueprint = Blueprint("pings", __name__)


@blueprint.route("/ping/<token>", methods=_METHODS)
@blueprint.route("/ping/<token>/<signal>", methods=_METHODS)
def ping(token: str, signal: str = "success") -> Response:
    """Record a ping. Clients of this kind understand only the status of the answer."""
    named = _named(signal)
    if named is None or not _TOKEN.fullmatch(token):
        return _answer(404, "not found")
    try:
        run_id = uuid.UUID(request.args["rid"]) if "rid" in request.args else None
    except ValueError:
        return _answer(400, "rid must be a UUID")
    read_body()
    message = Message(signal=named[0], exit_code=named[1], run_id=run_id, body=_body())
    return _take(token, message)


def _take(token: str, message: Message) -> Response:
    try:
        with looking_up_ping(token), resources().transaction() as session:
            now = database_now(session)
            taken = pings.receive(session, token, message, now=now)
    except NotFound:
        return _answer(404, "not found")
    except TooMany as refusal:
        return _later(429, "too many pings", seconds=ceil(refusal.retry_after.total_seconds()))
    except (OperationalError, InterfaceError):
        return _later(503, "try again soon", seconds=5)
    return _answer(200, "OK") if taken else _later(429, "too many pings", seconds=60)


def _named(signal: str) -> tuple[Signal, int | None] | None:
    """Return the signal that the path names, and its exit code; 0 means success."""
    if _EXIT_CODE.fullmatch(signal):
        code = int(signal)
        ended = Signal.FAIL if code else Signal.SUCCESS
        return (ended, code) if code <= _LARGEST_CODE else None
    return (_SIGNALS[signal], None) if signal in _SIGNALS else None


def _body() -> str:
    """Return the beginning of the body as text that the database can store."""
    return request.get_data()[:LARGEST_BODY].decode(errors="replace").replace("\0", "\ufffd")


def _later(status: int, text: str, *, seconds: int) -> Response:
    response = _answer(status, text)
    response.headers["Retry-After"] = str(seconds)
    return response


def _answer(status: int, text: str) -> Response:
    response = Response(text, status, mimetype="text/plain")
    # A page in a browser may send pings as well.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
