"""Which request of a site each row rests on: a row is true only if it has one of its own."""

from collections.abc import Sequence

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Request, Row, Span, Watched
from tests.faults.pairs import pairs
from tests.faults.promises import SLACK

_EARLY = 0.1
"""Seconds by which the figures of a row are rounded."""


def explained(watched: Watched) -> dict[Row, Request]:
    """Give as many known rows as can be a request of their own: made when they say, answered so."""
    requests = sorted(watched.requests)
    rows = sorted(row for row in watched.rows if row.is_known)
    near = [_near(row, requests, watched.stops) for row in rows]
    owner = pairs(near)
    return {rows[row]: requests[request] for request, row in owner.items()}


def is_punctual(row: Row, request: Request, stops: Sequence[Span]) -> bool:
    """Tell whether the request came when the row says, or after a stop that held it up."""
    held_up = max((_overlap(Span(row.began, request.at), stop) for stop in stops), default=0.0)
    return -_EARLY <= request.at - row.began <= SLACK + held_up


def _overlap(one: Span, other: Span) -> float:
    return max(0.0, min(one.end, other.end) - max(one.start, other.start))


def says_the_same(row: Row, request: Request) -> bool:
    return request.is_good is (row.outcome is not Outcome.DOWN)


def _near(row: Row, requests: Sequence[Request], stops: Sequence[Span]) -> list[int]:
    """List the requests that agree with the row, the nearest first."""
    found = [
        number
        for number, request in enumerate(requests)
        if is_punctual(row, request, stops) and says_the_same(row, request)
    ]
    return sorted(found, key=lambda number: abs(requests[number].at - row.began))
