"""What an organization uses of each limit of its plan, now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from config.limits import FEATURES, USUAL
from domain.plans.standing import Standing
from models import Export, Invitation, Organization, TestRun, TextDay, TextUsage
from models.export import ExportState
from models.test_run import TestRunState
from services import quotas
from services.plans import terms
from services.quotas import QUOTAS

NOTICE = timedelta(days=30)
"""How long an organization may have more monitors than its plan allows, before some are paused."""

_GIBIBYTE = 1 << 30
_HOUR = timedelta(hours=1)
_OF_ONE_ITEM = frozenset({"incident_notes", "saved_views"})
"""Limits of rows of one incident or member, so the organization uses no amount of them."""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, and what is used of it; None if it bounds single items, requests or days."""

    name: str
    allowed: int
    used: float | None

    @property
    def is_feature(self) -> bool:
        return self.name in FEATURES

    @property
    def is_full(self) -> bool:
        return self.used is not None and self.used >= self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """The plan of an organization with its limits.

    Since `over_limit_since` it has more monitors than the plan allows.
    """

    plan_id: str
    name: str
    standing: Standing
    over_limit_since: datetime | None
    limits: Sequence[LimitUse]

    @property
    def amounts(self) -> Sequence[LimitUse]:
        return [each for each in self.limits if not each.is_feature]

    @property
    def features(self) -> Mapping[str, bool]:
        return {each.name: bool(each.allowed) for each in self.limits if each.is_feature}


def plan(session: Session, organization_id: int, *, now: datetime) -> PlanView:
    """Return the plan of an organization, with what is used of each limit."""
    own = terms.of(session, organization_id)
    return PlanView(
        plan_id=own.plan_id,
        name=own.plan.name,
        standing=own.standing,
        over_limit_since=session.get_one(Organization, organization_id).over_limit_since,
        limits=of_limits(session, organization_id, now=now),
    )


def of_limits(session: Session, organization_id: int, *, now: datetime) -> Sequence[LimitUse]:
    """Return every limit of an organization, in the order of the documentation."""
    used = _used(session, organization_id, now)
    return [
        LimitUse(name, quotas.limit(session, organization_id, name), used.get(name))
        for name in USUAL
    ]


def _used(session: Session, organization_id: int, now: datetime) -> dict[str, float]:
    """Count everything in one statement."""
    counts: dict[str, ScalarSelect[Any]] = {
        name: _count(quota.table, organization_id, quota.live, _only(name, now))
        for name, quota in QUOTAS.items()
        if name not in _OF_ONE_ITEM
    }
    counts["texts_per_month"] = _texts(TextUsage, organization_id, month=_month(now))
    counts["texts_per_day"] = _texts(TextDay, organization_id, day=now.date())
    counts["exports_per_hour"] = _count(Export, organization_id, Export.requested_at > now - _HOUR)
    counts["export_gibibytes"] = (
        select(func.coalesce(func.sum(Export.size_bytes), 0))
        .where(Export.organization_id == organization_id)
        .scalar_subquery()
    )
    row = session.execute(select(*(query.label(name) for name, query in counts.items()))).one()
    used = {name: float(value) for name, value in row._mapping.items()}  # noqa: SLF001 - documented
    used["export_gibibytes"] /= _GIBIBYTE
    used[quotas.CHECKS] = quotas.checks_used(session, organization_id)
    return used


def _only(name: str, now: datetime) -> Any:  # noqa: ANN401 - a condition, or none
    return {
        "exports_under_way": Export.state.in_((ExportState.PENDING, ExportState.RUNNING)),
        "test_runs_under_way": TestRun.state.in_((TestRunState.PENDING, TestRunState.RUNNING)),
        "invitations": Invitation.expires_at > now,
    }.get(name)


def _count(table: Any, organization_id: int, *conditions: Any) -> ScalarSelect[int]:  # noqa: ANN401 - a model, and conditions
    return (
        select(func.count())
        .select_from(table)
        .where(
            table.organization_id == organization_id,
            *(each for each in conditions if each is not None),
        )
        .scalar_subquery()
    )


def _texts(table: Any, organization_id: int, **period: object) -> ScalarSelect[int]:  # noqa: ANN401 - a model
    return (
        select(func.coalesce(func.sum(table.segments), 0))
        .filter_by(organization_id=organization_id, **period)
        .scalar_subquery()
    )


def _month(now: datetime) -> object:
    return now.date().replace(day=1)
