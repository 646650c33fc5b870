"""Why there was no complete response, in the words that more than one part of a probe needs."""

from dataclasses import dataclass

from domain.evaluation.outcome import Cause, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there was no complete response."""

    outcome: Outcome
    cause: Cause
    detail: str


def down(cause: Cause, detail: str) -> Trouble:
    """Say that the target was seen failing."""
    return Trouble(outcome=Outcome.DOWN, cause=cause, detail=detail)


def ours(detail: str) -> Trouble:
    """Say that it was our own failure, which is never an outage of the target."""
    return Trouble(outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail=detail)


def blocked() -> Trouble:
    """Say that we did not look, so nobody knows."""
    detail = "This service may not connect to the address of this host."
    return Trouble(outcome=Outcome.UNKNOWN, cause=Cause.BLOCKED, detail=detail)


def not_for_origin() -> Trouble:
    """Say that we did not look, since the credential may not go there."""
    detail = "A credential of this monitor may not be sent to the origin of its URL."
    return Trouble(outcome=Outcome.UNKNOWN, cause=Cause.BLOCKED, detail=detail)


def too_late(seconds: float, *, connected: bool) -> Trouble:
    what = "complete answer" if connected else "connection"
    return down(Cause.TIMEOUT, f"No {what} within {seconds:g} s.")
