"""For which deliveries relays would be woken after the commit."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from sqlalchemy.orm import Session

from services.outbox import wakes

P = ParamSpec("P")


def woken_by(
    session: Session,
    act: Callable[Concatenate[Session, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> list[int]:
    """Do something with the session; return the deliveries that a relay is woken for because of it."""
    wakes.take(session)
    act(session, *args, **kwargs)
    return wakes.take(session)
