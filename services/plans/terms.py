"""The terms of an organization: its plan, its own limits, and its standing.

They are read once per transaction, by the primary key. Checks never read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from config.limits import USUAL
from config.plans import Plan, Plans
from domain.plans.standing import Standing
from models import Organization
from services.errors import NotFound

_LIMITS = "limits"
_PLANS = "plans"
_TERMS = "terms"
_USUAL_PLANS = Plans()
_QUERY = select(
    Organization.id, Organization.plan, Organization.limit_overrides, Organization.standing
)


@dataclass(frozen=True, slots=True)
class Terms:
    """`plan_id` is always one of the plans that there are."""

    plan_id: str
    plan: Plan
    overrides: Mapping[str, int]
    standing: Standing


def offer(session: Session, limits: Mapping[str, int], plans: Plans) -> None:
    """Set the operator's limits and plans for this session."""
    session.info[_LIMITS], session.info[_PLANS] = limits, plans


def offered(session: Session) -> Plans:
    """Return the operator's plans."""
    found: Plans = session.info.get(_PLANS, _USUAL_PLANS)
    return found


def of(session: Session, organization_id: int) -> Terms:
    """Return the terms of an organization. Raise `NotFound` if it does not exist."""
    kept: dict[int, Terms] = session.info.setdefault(_TERMS, {})
    if organization_id not in kept:
        kept[organization_id] = _read(session, organization_id)
    return kept[organization_id]


def read(session: Session, organization_ids: Sequence[int]) -> None:
    """Read the terms of many organizations at once, for `of` and `limit`."""
    kept: dict[int, Terms] = session.info.setdefault(_TERMS, {})
    for row in session.execute(_QUERY.where(Organization.id.in_(organization_ids))):
        kept[row.id] = _terms(session, row)


def forget(session: Session, organization_id: int) -> None:
    """Read the terms again when they are next needed, because they have changed."""
    session.info.setdefault(_TERMS, {}).pop(organization_id, None)


def limit(session: Session, organization_id: int, name: str) -> int:
    """Return a limit: that of the organization, of its plan, of the operator, or the default."""
    own = of(session, organization_id)
    for limits in (own.overrides, own.plan.limits):
        if name in limits:
            return limits[name]
    return usual(session, name)


def usual(session: Session, name: str) -> int:
    """Return the limit of an organization whose plan does not name it."""
    operator: Mapping[str, int] = session.info.get(_LIMITS, {})
    return operator.get(name, USUAL[name])


def _read(session: Session, organization_id: int) -> Terms:
    row = session.execute(_QUERY.where(Organization.id == organization_id)).one_or_none()
    if row is None:
        raise NotFound("organization")
    return _terms(session, row)


def _terms(session: Session, row: Row[int, str | None, dict[str, int], Standing]) -> Terms:
    plans = offered(session)
    plan_id = plans.known(row.plan)
    return Terms(plan_id, plans.plans[plan_id], row.limit_overrides, row.standing)
