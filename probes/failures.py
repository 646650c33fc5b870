"""Failures that several parts of a probe report."""

from dataclasses import dataclass

from domain.evaluation.outcome import Cause, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there was no complete response."""

    outcome: Outcome
    cause: Cause
    detail: str


def down(cause: Cause, detail: str) -> Failure:
    """Return a failure of the target."""
    return Failure(outcome=Outcome.DOWN, cause=cause, detail=detail)


def ours(detail: str) -> Failure:
    """Return an internal failure, which is never an outage of the target."""
    return Failure(outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail=detail)


def blocked() -> Failure:
    """Return the failure of a check that the egress policy blocked; the target is unknown."""
    detail = "This service may not connect to the address of this host."
    return Failure(outcome=Outcome.UNKNOWN, cause=Cause.BLOCKED, detail=detail)


def not_for_origin() -> Failure:
    """Return the failure of a check whose credential may not be sent to the origin."""
    detail = "A credential of this monitor may not be sent to the origin of its URL."
    return Failure(outcome=Outcome.UNKNOWN, cause=Cause.BLOCKED, detail=detail)


def too_late(seconds: float, *, connected: bool) -> Failure:
    what = "complete answer" if connected else "connection"
    return down(Cause.TIMEOUT, f"No {what} within {seconds:g} s.")
