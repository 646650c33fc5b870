"""Changes of the plan and the limits of an organization, by the operator or by billing."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.limits import FEATURES, UNLIMITED, USUAL
from domain.plans.standing import Standing
from models import Organization
from services.errors import Invalid, NotFound
from services.plans import terms


def find(session: Session, public_id: uuid.UUID) -> Organization:
    """Return an organization by its public id. Raise `NotFound` if there is none."""
    row = session.scalars(
        select(Organization).where(
            Organization.public_id == public_id, Organization.deleted_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("organization")
    return row


def set_plan(
    session: Session, organization_id: int, plan_id: str | None, *, now: datetime
) -> Organization:
    """Give an organization a plan, or the default. Raise `Invalid` if there is no such plan."""
    if plan_id is not None and plan_id not in terms.offered(session).plans:
        raise Invalid({"plan": [f"There is no plan {plan_id}."]})
    row = _locked(session, organization_id)
    row.plan = plan_id
    return _changed(session, row, now)


def override(
    session: Session, organization_id: int, limits: Mapping[str, int | None], *, now: datetime
) -> Organization:
    """Set limits of one organization; None returns to that of the plan.

    Raise `Invalid` for a limit that does not exist, or a value that it cannot have.
    """
    problems = {name: text for name, value in limits.items() if (text := _problem(name, value))}
    if problems:
        raise Invalid({name: [text] for name, text in problems.items()})
    row = _locked(session, organization_id)
    merged = {**row.limit_overrides, **limits}
    row.limit_overrides = {name: value for name, value in merged.items() if value is not None}
    return _changed(session, row, now)


def set_standing(
    session: Session, organization_id: int, standing: Standing, *, now: datetime
) -> Organization:
    """Change what an organization may do, from its next request on."""
    row = _locked(session, organization_id)
    row.standing = standing
    return _changed(session, row, now)


def _problem(name: str, value: int | None) -> str:
    if name not in USUAL:
        return f"There is no limit {name}."
    most = 1 if name in FEATURES else UNLIMITED
    if value is not None and not 0 <= value <= most:
        return f"Must be between 0 and {most}."
    return ""


def _locked(session: Session, organization_id: int) -> Organization:
    return session.scalars(
        select(Organization)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _changed(session: Session, row: Organization, now: datetime) -> Organization:
    row.updated_at = now
    session.flush()
    terms.forget(session, row.id)
    return row
