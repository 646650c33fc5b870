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
    PROJECT_READ = "project:read"
    PROJECT_WRITE = "project:write"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"

    @property
    def changes(self) -> bool:
        """Whether the permission allows a change, and not only reading."""
        return self.value.endswith(":write")


class Role(StrEnum):
    """The role of a member in one organization.

    A guest sees nothing but the projects in which they have a role. `custom` stands for a role that
    the organization made; its permissions are in the database.
    """

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    AUDITOR = "auditor"
    BILLING = "billing"
    GUEST = "guest"
    CUSTOM = "custom"


class ProjectRole(StrEnum):
    """The role of a team or a member in one project."""

    OPERATOR = "operator"
    VIEWER = "viewer"
    CUSTOM = "custom"


_COLUMNS = (
    Role.OWNER,
    Role.ADMIN,
    Role.OPERATOR,
    Role.VIEWER,
    Role.AUDITOR,
    Role.BILLING,
    Role.GUEST,
)

_VERBS = {"r": "read", "w": "write", "u": "use"}

# Each row is a noun with the verbs of each role in _COLUMNS: r read, w write, u use, - none.
_TABLE = """
              owner admin operator viewer auditor billing guest
profile       rw    rw    rw       rw     rw      rw      rw
account       rw    rw    rw       rw     rw      rw      rw
monitor       rw    rw    rw       r      r       -       -
incident      rw    rw    rw       r      r       -       -
maintenance   rw    rw    rw       r      r       -       -
slo           rw    rw    rw       r      r       -       -
contact       rw    rw    rw       r      r       -       -
escalation    rw    rw    rw       r      r       -       -
delivery      rw    rw    rw       r      r       -       -
template      rw    rw    rw       r      r       -       -
event         rw    rw    r        -      r       -       -
credential    rwu   rwu   ru       -      r       -       -
analysis      r     r     r        r      r       -       -
export        rw    rw    rw       -      rw      -       -
recipient     rw    rw    r        r      r       -       -
member        rw    rw    r        r      r       -       -
machine       rw    rw    r        -      r       -       -
project       rw    rw    r        r      r       -       -
audit         r     r     -        -      r       -       -
organization  rw    r     r        r      r       r       -
billing       rw    r     -        -      r       rw      -
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
    # Everybody manages their own account; what else a custom role permits, its row says.
    granted[Role.CUSTOM] = set(granted[Role.GUEST])
    return {role: frozenset(permissions) for role, permissions in granted.items()}


PERMISSIONS = _by_role()
"""The permissions of each role. Those of a custom role come on top."""

SCOPES = frozenset(Permission) - FOR_PEOPLE_ONLY
"""The scopes that a machine may have."""


IN_PROJECTS = frozenset(
    Permission(each)
    for each in (
        "monitor:read",
        "monitor:write",
        "incident:read",
        "incident:write",
        "maintenance:read",
        "maintenance:write",
        "slo:read",
        "slo:write",
        "contact:read",
        "escalation:read",
        "delivery:read",
        "delivery:write",
        "analysis:read",
        "project:read",
    )
)
"""What a role in a project can permit: the rest concerns the organization as a whole."""

PROJECT_PERMISSIONS = {
    ProjectRole.OPERATOR: (PERMISSIONS[Role.OPERATOR] | {Permission.PROJECT_READ}) & IN_PROJECTS,
    ProjectRole.VIEWER: PERMISSIONS[Role.VIEWER] & IN_PROJECTS,
    ProjectRole.CUSTOM: frozenset({Permission.PROJECT_READ}),
}
"""The permissions of each role in a project. Those of a custom role come on top."""

MAY_BE_CUSTOM = SCOPES - {Permission.MEMBER_WRITE, Permission.ORGANIZATION_WRITE}
"""What a custom role may contain: whoever appoints members or rules the organization is its admin
or owner."""


def of_custom_role(names: Iterable[str]) -> frozenset[Permission]:
    """Return what a member with this custom role may do; unknown names permit nothing."""
    known = {Permission(name) for name in names if name in MAY_BE_CUSTOM}
    return PERMISSIONS[Role.CUSTOM] | known


def in_project(role: ProjectRole, names: Iterable[str] = ()) -> frozenset[Permission]:
    """Return what a role permits in its project. `names` are those of a custom role."""
    return PROJECT_PERMISSIONS[role] | (of_custom_role(names) & IN_PROJECTS)


def of_machine(own: frozenset[Permission], scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what a machine may do while its responsible member has these permissions."""
    known = {Permission(scope) for scope in scopes if scope in SCOPES}
    return own & known


def may_grant(own: frozenset[Permission], permissions: frozenset[Permission]) -> bool:
    """Return whether a member may grant a role of these permissions, or change its holders."""
    return permissions <= own


def may_invite(own: frozenset[Permission], permissions: frozenset[Permission]) -> bool:
    """Return whether somebody may invite others into a role of these permissions."""
    return Permission.MEMBER_WRITE in own and may_grant(own, permissions)
