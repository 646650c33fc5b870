"""The policy of an organization: reading it, and changing it without locking its owner out."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TypedDict

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.dialects.postgresql import TEXT, array
from sqlalchemy.orm import Session

from domain.organization_policy import LoginWay, Policy, Visit, lockout, problems
from models import Organization, OrganizationPolicy
from services.errors import Conflict, Forbidden, Invalid

_DEFAULT = Policy()

DEMANDS_SSO: ColumnElement[bool] = func.coalesce(
    OrganizationPolicy.login_ways == array([LoginWay.SSO.value], type_=TEXT), ~true()
)
"""Whether the policy of a row, if there is one, demands single sign-on."""


class PolicyChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    require_second_factor: bool
    second_factor_grace_days: int
    session_idle_minutes: int
    session_hours: int
    networks: Sequence[str]
    networks_for_machines: bool
    longest_key_days: int | None
    login_ways: Sequence[LoginWay]


def of(session: Session, organization_id: int) -> Policy:
    """Return the policy of an organization, or the defaults if it has none."""
    return stated(session.get(OrganizationPolicy, organization_id))


def stated(row: OrganizationPolicy | None) -> Policy:
    """Return the policy that a row states. Without a row, return the defaults."""
    if row is None:
        return _DEFAULT
    return Policy(
        require_second_factor=row.require_second_factor,
        second_factor_grace_days=row.second_factor_grace_days,
        second_factor_required_at=row.second_factor_required_at,
        session_idle_minutes=row.session_idle_minutes,
        session_hours=row.session_hours,
        networks=tuple(row.networks),
        networks_for_machines=row.networks_for_machines,
        longest_key_days=row.longest_key_days,
        login_ways=tuple(LoginWay(each) for each in row.login_ways),
    )


def change(
    session: Session,
    organization_id: int,
    changes: PolicyChanges,
    *,
    by: Visit | None,
    now: datetime,
) -> Policy:
    """Change the given fields. `by` is the visit of the owner who does so.

    Raise `Conflict` if the new policy would refuse that very visit, and `Forbidden` for a machine:
    only for a person can be known whom the policy locks out.
    """
    if by is None:
        raise Forbidden("Only a member who is logged in can change the policy, not a machine.")
    _lock(session, organization_id)
    row = session.get(OrganizationPolicy, organization_id, populate_existing=True)
    before = stated(row)
    after = _timed(replace(before, **changes), now)
    wrong = problems(after)
    if wrong:
        raise Invalid(wrong)
    locked_out = lockout(after, by)
    if locked_out is not None:
        field, why = locked_out
        raise Conflict(why, field=field)
    row = row or OrganizationPolicy(organization_id=organization_id, created_at=now)
    _write(row, after, now)
    session.add(row)
    session.flush()
    return after


def _lock(session: Session, organization_id: int) -> None:
    """Let changes of one policy wait for each other, also the first one, which has no row yet."""
    session.execute(
        select(Organization.id).where(Organization.id == organization_id).with_for_update()
    )


def _timed(policy: Policy, now: datetime) -> Policy:
    """Let the grace begin with the demand, and not anew with each other change."""
    if not policy.require_second_factor:
        return replace(policy, second_factor_required_at=None)
    return replace(policy, second_factor_required_at=policy.second_factor_required_at or now)


def _write(row: OrganizationPolicy, policy: Policy, now: datetime) -> None:
    for name, value in asdict(policy).items():
        setattr(row, name, value)
    row.networks = list(policy.networks)
    row.login_ways = [each.value for each in policy.login_ways]
    row.updated_at = now
