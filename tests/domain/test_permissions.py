"""The table of roles and permissions."""

from hypothesis import given
from hypothesis import strategies as st

from domain.permissions import (
    FOR_PEOPLE_ONLY,
    PERMISSIONS,
    SCOPES,
    Permission,
    Role,
    may_grant,
    may_invite,
    of_machine,
)

roles = st.sampled_from(Role)


def test_an_owner_may_do_everything() -> None:
    assert PERMISSIONS[Role.OWNER] == frozenset(Permission)


def test_roles_are_ordered_from_owner_to_viewer() -> None:
    owner, admin, operator, viewer = (
        PERMISSIONS[role] for role in (Role.OWNER, Role.ADMIN, Role.OPERATOR, Role.VIEWER)
    )
    assert owner > admin > operator > viewer


def test_an_auditor_reads_everything_and_changes_nothing_but_exports() -> None:
    reading = {permission for permission in Permission if permission.endswith(":read")}
    own = {Permission.PROFILE_WRITE, Permission.ACCOUNT_WRITE}
    allowed = own | {Permission.EXPORT_WRITE}
    assert PERMISSIONS[Role.AUDITOR] == reading | allowed


@given(roles, st.lists(st.sampled_from([*Permission, "monitor:fly", ""])))
def test_a_machine_never_exceeds_its_scopes_or_who_answers_for_it(
    role: Role, scopes: list[str]
) -> None:
    granted = of_machine(PERMISSIONS[role], scopes)
    assert granted <= PERMISSIONS[role]
    assert granted <= set(scopes)
    assert not granted & FOR_PEOPLE_ONLY
    assert granted <= SCOPES


@given(roles, roles)
def test_nobody_gives_a_role_that_may_do_more(giver: Role, role: Role) -> None:
    assert may_grant(PERMISSIONS[giver], PERMISSIONS[role]) == (
        PERMISSIONS[role] <= PERMISSIONS[giver]
    )
    assert may_invite(PERMISSIONS[giver], PERMISSIONS[role]) == (
        giver in {Role.OWNER, Role.ADMIN} and (giver is Role.OWNER or role is not Role.OWNER)
    )
