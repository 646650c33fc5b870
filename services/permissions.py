"""What somebody who asks may do, and what they may hand on to a machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from domain.permissions import SCOPES, Permission
from services.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a machine, and answers for it."""

    user_id: int
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """How a secret is renewed: how long the present one stays good, and what who asks may do."""

    overlap: timedelta
    own: frozenset[Permission]


def require(own: frozenset[Permission], permission: Permission) -> None:
    """Raise `Forbidden` unless it is among one's own."""
    if permission not in own:
        raise Forbidden(f"This takes the permission {permission}.", permission=permission)


def handed_on(asked: Iterable[str], own: frozenset[Permission]) -> list[str]:
    """Return scopes for a machine, sorted; raises `Invalid` for what one does not have oneself."""
    scopes = sorted(set(asked))
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise Invalid({"scopes": [f"There is no scope {scope}." for scope in unknown]})
    if missing := [scope for scope in scopes if Permission(scope) not in own]:
        raise Invalid({"scopes": [f"You may not {scope} yourself." for scope in missing]})
    return scopes


def refuse_more_than_own(scopes: Iterable[str], own: frozenset[Permission]) -> None:
    """Raise `Forbidden` for a machine that may do what one may not: its secret is not one's to have."""
    if not set(scopes) <= own:
        raise Forbidden("This machine may do what you may not.")
