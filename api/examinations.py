"""Serves a request anew with what can only be found out while no transaction is open."""

from collections.abc import Callable
from typing import TypeVar

from api.resources import examined, resources
from services import examinations
from services.examinations import Unexamined

Answer = TypeVar("Answer")


def served(serve: Callable[[], Answer]) -> Answer:
    """Serve in a transaction of its own, as often as something turns out to be needed beforehand.

    Each time all is asked anew, also who may. What was found out once is known until the request ends.
    """
    while True:
        try:
            return serve()
        except Unexamined as needed:
            found = examinations.examine(needed.settings, resources().egress)
            examined().update(found)
