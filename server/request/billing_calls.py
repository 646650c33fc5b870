"""Repeats a request after the billing provider was asked, while no transaction is open.

A process asks for few requests at once, so a provider that hangs cannot hold all of its threads.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TypeVar

from flask import g

from server.resources import resources
from services.billing import providers
from services.billing.links import Answers, NeedsProvider
from services.errors import Conflict, TooMany

MOST_AT_ONCE = 2
_MOST_ROUNDS = 4
_ANSWERS = "billing_answers"
_AGAIN_AFTER = timedelta(seconds=5)

Answer = TypeVar("Answer")

_places = BoundedSemaphore(MOST_AT_ONCE)


def answers() -> Answers:
    """Return what the provider has answered to this request."""
    found: dict[str, str] = g.setdefault(_ANSWERS, {})
    return found


def served(serve: Callable[[], Answer]) -> Answer:
    """Serve in a transaction of its own, and repeat as often as the provider is needed.

    Each repetition checks everything again, including permissions.
    """
    for _ in range(_MOST_ROUNDS):
        try:
            return serve()
        except NeedsProvider as needed:
            _ask(needed)
    raise Conflict("The billing provider is needed again and again. Try again.")


def _ask(needed: NeedsProvider) -> None:
    provider = providers.of(resources().settings)
    if provider is None:
        raise Conflict("This service has no billing provider.")
    if not _places.acquire(blocking=False):
        raise TooMany(
            "Other requests are asking the billing provider. Try again in a moment.",
            retry_after=_AGAIN_AFTER,
        )
    try:
        found = g.setdefault(_ANSWERS, {})
        found[needed.name] = needed.ask(provider)
    finally:
        _places.release()
