"""The standing of an organization with the operator, and what each allows."""

from enum import StrEnum

from domain.permissions import FOR_PEOPLE_ONLY, Permission


class Standing(StrEnum):
    """Whether an organization may use the service.

    * `ACTIVE`: everything that roles and scopes permit.
    * `RESTRICTED`: payment is due. People and machines may read, pay and export.
    * `SUSPENDED`: the operator stopped it. People keep their own account and other organizations.
      Checks stop, each once its monitor has no open incident.

    Open incidents close and notify, whatever the standing is.
    """

    ACTIVE = "active"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"


_ALWAYS = FOR_PEOPLE_ONLY | {Permission.PROFILE_READ}
"""What belongs to the person and not to the organization."""

_WHILE_RESTRICTED = frozenset({Permission.BILLING_WRITE, Permission.EXPORT_WRITE})


def allowed(standing: Standing, permissions: frozenset[Permission]) -> frozenset[Permission]:
    """Return which of these permissions remain while an organization has this standing."""
    if standing is Standing.ACTIVE:
        return permissions
    if standing is Standing.SUSPENDED:
        return permissions & _ALWAYS
    return frozenset(
        each
        for each in permissions
        if each.value.endswith(":read") or each in _WHILE_RESTRICTED or each in _ALWAYS
    )
