"""Sessions and tokens that a credential keeps, and renews once if the site refuses them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Generic, TypeVar

from probes.auth.base import Credential, Exchange
from probes.auth.wrong_secrets import (
    WrongSecretError,
    forget_refusals,
    note_refusal,
    refuse_while_resting,
)
from probes.exchange import Request, Response

LONGEST_SECONDS = 3600.0
_KEY = "session"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Session(Generic[T]):
    """`what` is valid until the `monotonic` time `until`."""

    what: T
    until: float


Fetch = Callable[[], Generator[Request, Response, Session[T]]]


def lasting(what: T, seconds: float) -> Session[T]:
    """Return a session that ends a little before it expires, after an hour at most."""
    lasts = min(seconds, LONGEST_SECONDS)
    return Session(what, monotonic() + lasts - max(min(30.0, lasts / 2), lasts / 10))


def within(
    credential: Credential,
    fetch: Fetch[T],
    ask: Callable[[T], Exchange],
    refused: Callable[[Response], bool] | None = None,
) -> Exchange:
    """Send the request with the stored session, or with a new one.

    If the site refuses a stored session, fetch a new one once.
    """
    kept: Session[T] | None = credential.memory.get(_KEY)
    if kept is None or monotonic() >= kept.until:
        session = yield from _fetched(credential, fetch)
        return (yield from ask(session.what))
    response = yield from ask(kept.what)
    if not (refused or _unauthorized)(response):
        return response
    # Another check may have been refused too, and may have renewed it already.
    now: Session[T] | None = credential.memory.get(_KEY)
    if now is None or now is kept:
        now = yield from _fetched(credential, fetch)
    return (yield from ask(now.what))


def _unauthorized(response: Response) -> bool:
    return not response.failure and response.status == HTTPStatus.UNAUTHORIZED


def _fetched(credential: Credential, fetch: Fetch[T]) -> Generator[Request, Response, Session[T]]:
    refuse_while_resting(credential)
    credential.memory.pop(_KEY, None)
    try:
        session = yield from fetch()
    except WrongSecretError as refusal:
        note_refusal(credential, refusal)
        raise
    forget_refusals(credential)
    credential.memory[_KEY] = session
    return session
