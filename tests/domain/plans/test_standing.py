"""What an organization may do that has not paid, or is suspended."""

import pytest

from domain.permissions import FOR_PEOPLE_ONLY, PERMISSIONS, Permission, Role
from domain.plans.standing import Standing, allowed

EVERYTHING = frozenset(Permission)


@pytest.mark.parametrize("role", list(Role), ids=str)
@pytest.mark.parametrize("standing", list(Standing), ids=str)
def test_no_standing_adds_a_permission(standing: Standing, role: Role) -> None:
    assert allowed(standing, PERMISSIONS[role]) <= PERMISSIONS[role]


def test_an_active_organization_may_do_everything() -> None:
    assert allowed(Standing.ACTIVE, EVERYTHING) == EVERYTHING


def test_a_restricted_organization_reads_pays_and_exports() -> None:
    left = allowed(Standing.RESTRICTED, EVERYTHING)
    reads = {each for each in Permission if each.value.endswith(":read")}
    assert left - reads == {
        Permission.BILLING_WRITE,
        Permission.EXPORT_WRITE,
        Permission.PROFILE_WRITE,
        Permission.ACCOUNT_WRITE,
    }
    assert reads <= left


def test_a_suspended_organization_leaves_people_their_own_account() -> None:
    left = allowed(Standing.SUSPENDED, EVERYTHING)
    assert left == FOR_PEOPLE_ONLY | {Permission.PROFILE_READ}
