"""Roles and permissions: one table, and the rule for machines.

A permission is a noun and a verb. Each route names the permission that it needs. A scope of a
machine is the same word.
"""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    PROFILE_READ = "profile:read"
    PROFILE_WRITE = "profile:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    MONITOR_READ = "monitor:read"
    MONITOR_WRITE = "monitor:write"
    INCIDENT_READ = "incident:read"
    INCIDENT_WRITE = "incident:write"
    MAINTENANCE_READ = "maintenance:read"
    MAINTENANCE_WRITE = "maintenance:write"
    SLO_READ = "slo:read"
    SLO_WRITE = "slo:write"
    CONTACT_READ = "contact:read"
    CONTACT_WRITE = "contact:write"
    ESCALATION_READ = "escalation:read"
    ESCALATION_WRITE = "escalation:write"
    DELIVERY_READ = "delivery:read"
    DELIVERY_WRITE = "delivery:write"
    TEMPLATE_READ = "template:read"
    TEMPLATE_WRITE = "template:write"
    EVENT_READ = "event:read"
    EVENT_WRITE = "event:write"
    CREDENTIAL_READ = "credential:read"
    CREDENTIAL_WRITE = "credential:write"
    CREDENTIAL_USE = "credential:use"
    ANALYSIS_READ = "analysis:read"
    EXPORT_READ = "export:read"
    EXPORT_WRITE = "export:write"
    RECIPIENT_READ = "recipient:read"
    RECIPIENT_WRITE = "recipient:write"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    MACHINE_READ = "machine:read"
    MACHINE_WRITE = "machine:write"
    AUDIT_READ = "audit:read"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"

    @property
    def changes(self) -> bool:
        """Whether the permission allows a change, and not only reading."""
        return self.value.endswith(":write")


class Role(StrEnum):
    """The role of a member in one organization."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    AUDITOR = "auditor"


_COLUMNS = (Role.OWNER, Role.ADMIN, Role.OPERATOR, Role.VIEWER, Role.AUDITOR)

_VERBS = {"r": "read", "w": "write", "u": "use"}

# Each row is a noun with the verbs of each role in _COLUMNS: r read, w write, u use, - none.
_TABLE = """
              owner admin operator viewer auditor
profile       rw    rw    rw       rw     rw
account       rw    rw    rw       rw     rw
monitor       rw    rw    rw       r      r
incident      rw    rw    rw       r      r
maintenance   rw    rw    rw       r      r
slo           rw    rw    rw       r      r
contact       rw    rw    rw       r      r
escalation    rw    rw    rw       r      r
delivery      rw    rw    rw       r      r
template      rw    rw    rw       r      r
event         rw    rw    r        -      r
credential    rwu   rwu   ru       -      r
analysis      r     r     r        r      r
export        rw    rw    rw       -      rw
recipient     rw    rw    r        r      r
member        rw    rw    r        r      r
machine       rw    rw    r        -      r
audit         r     r     -        -      r
organization  rw    r     r        r      r
"""

FOR_PEOPLE_ONLY = frozenset(
    {Permission.PROFILE_WRITE, Permission.ACCOUNT_READ, Permission.ACCOUNT_WRITE}
)
"""What no machine may do: choose or leave an organization, or manage the account of its owner."""


def _by_role() -> dict[Role, frozenset[Permission]]:
    granted: dict[Role, set[Permission]] = {role: set() for role in _COLUMNS}
    for line in _TABLE.strip().splitlines()[1:]:
        noun, *cells = line.split()
        for role, cell in zip(_COLUMNS, cells, strict=True):
            verbs = [verb for letter, verb in _VERBS.items() if letter in cell]
            granted[role] |= {Permission(f"{noun}:{verb}") for verb in verbs}
    return {role: frozenset(permissions) for role, permissions in granted.items()}


PERMISSIONS = _by_role()
"""The permissions of each role."""

SCOPES = frozenset(Permission) - FOR_PEOPLE_ONLY
"""The scopes that a machine may have."""


def of_machine(role: Role, scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what a machine with these scopes may do while its responsible member has this role."""
    known = {Permission(scope) for scope in scopes if scope in SCOPES}
    return PERMISSIONS[role] & known


def may_grant(own: frozenset[Permission], role: Role) -> bool:
    """Return whether a member with these permissions may grant the role, or change its holders."""
    return PERMISSIONS[role] <= own


def may_invite(inviter: Role, role: Role) -> bool:
    """Return whether an inviter of one role may invite somebody into the other."""
    own = PERMISSIONS[inviter]
    return Permission.MEMBER_WRITE in own and may_grant(own, role)
