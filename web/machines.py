"""What the pages of API keys and of service accounts share: they are machines with scopes."""

from collections.abc import Collection
from datetime import timedelta

from domain.permissions import SCOPES, Permission
from server.identity.principal import Call
from services.permissions import Renewal
from web.typed import single

_LONGEST_OVERLAP_HOURS = 7 * 24


def own_scopes(call: Call) -> list[str]:
    """Return the scopes that the caller may give to a machine."""
    return sorted(SCOPES & call.principal.permissions)


def may_change(call: Call, scopes: Collection[str]) -> bool:
    """Return whether the caller may change a machine: it may do nothing that the caller may not."""
    own = call.principal.permissions
    return Permission.MACHINE_WRITE in own and set(scopes) <= set(own)


def renewal(call: Call) -> Renewal:
    """Return the typed overlap of a rotation, and the permissions that it is done with."""
    overlap: timedelta = single.hours("overlap", most=_LONGEST_OVERLAP_HOURS)
    return Renewal(overlap=overlap, own=call.principal.permissions)
