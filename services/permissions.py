"""The permissions of a caller, and those that it may grant to a machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from domain.permissions import SCOPES, Permission
from services.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True)
class Maker:
    """The user who creates a machine and is responsible for it."""

    user_id: int
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """The renewal of a secret: the overlap of the current one, and the caller's permissions."""

    overlap: timedelta
    own: frozenset[Permission]


def require(own: frozenset[Permission], permission: Permission) -> None:
    """Raise `Forbidden` unless the caller has the permission."""
    if permission not in own:
        raise Forbidden(f"This requires the permission {permission}.", permission=permission)


def handed_on(asked: Iterable[str], own: frozenset[Permission]) -> list[str]:
    """Return the scopes of a machine, sorted. Raise `Invalid` for those the caller lacks."""
    scopes = sorted(set(asked))
    if not scopes:
        raise Invalid({"scopes": ["A machine needs at least one permission."]})
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise Invalid({"scopes": [f"There is no scope {scope}." for scope in unknown]})
    if missing := [scope for scope in scopes if Permission(scope) not in own]:
        raise Invalid(
            {"scopes": [f"You lack the permission {scope} yourself." for scope in missing]}
        )
    return scopes


def refuse_more_than_own(scopes: Iterable[str], own: frozenset[Permission]) -> None:
    """Raise `Forbidden` for a machine that may do more than the caller.

    The caller must not get the secret of such a machine.
    """
    if not set(scopes) <= own:
        raise Forbidden("This machine has permissions that you lack.")
