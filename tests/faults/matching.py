"""Which request of a site each row rests on: a row is true only if it has one of its own."""

from collections.abc import Callable, Sequence

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Request, Row, Watched
from tests.faults.pairs import pairs
from tests.faults.promises import SLACK

_EARLY = 0.1
"""Seconds by which the figures of a row are rounded."""


def explained(watched: Watched) -> dict[Row, Request]:
    """Give as many known rows as can be a request of their own: made when they say, answered so."""
    requests = sorted(watched.requests)
    rows = sorted(row for row in watched.rows if row.is_known)
    near = [_near(row, requests, agrees) for row in rows]
    owner = pairs(near)
    return {rows[row]: requests[request] for request, row in owner.items()}


def agrees(row: Row, request: Request) -> bool:
    """Tell whether the site did at this request what the row says, at the time that it says."""
    return is_punctual(row, request) and says_the_same(row, request)


def is_punctual(row: Row, request: Request) -> bool:
    return -_EARLY <= request.at - row.began <= SLACK


def says_the_same(row: Row, request: Request) -> bool:
    return request.is_good is (row.outcome is not Outcome.DOWN)


def _near(row: Row, requests: Sequence[Request], fits: Callable[[Row, Request], bool]) -> list[int]:
    """List the requests that fit, the nearest first."""
    found = [number for number, request in enumerate(requests) if fits(row, request)]
    return sorted(found, key=lambda number: abs(requests[number].at - row.began))
