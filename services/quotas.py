"""Quotas: how many rows of each kind an organization may have, and its checks per day.

Every row of an organization that a route can add is counted here, or
`tests/services/test_quotas.py` gives the reason for an exception. The count is taken under a lock
until the commit, so that concurrent requests cannot exceed a limit together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, literal, select
from sqlalchemy.orm import Session

from config.limits import LEAST
from domain.evaluation import heartbeat
from models import (
    ApiKey,
    Channel,
    Contact,
    ContactGroup,
    Credential,
    CustomRole,
    Domain,
    EscalationPolicy,
    EventSubscription,
    Export,
    IncidentNote,
    Invitation,
    MaintenanceWindow,
    Membership,
    MessageTemplate,
    Monitor,
    OnCallOverride,
    OnCallSchedule,
    Project,
    ProjectRole,
    Recipient,
    SavedView,
    ServiceAccount,
    Slo,
    SsoConnection,
    Team,
    TestRun,
)
from models.session import of_whole_organization
from probes.registry import KINDS
from services import locks
from services.errors import LimitReached
from services.plans import terms

CHECKS = "checks_per_day"
SECONDS_OF_A_DAY = 86_400
_METERED = {name: kind.metered_by for name, kind in KINDS.items() if kind.metered_by}

_ROUNDING = 1e-3
"""Sums of fractions, such as seven times a seventh, may exceed the limit by this much."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit on the rows of a table; `live` selects those that count."""

    table: Any
    nouns: str
    live: ColumnElement[bool] | None = None


QUOTAS: Mapping[str, Quota] = {
    "monitors": Quota(Monitor, "monitors", Monitor.deleted_at.is_(None)),
    "credentials": Quota(Credential, "credentials"),
    "contacts": Quota(Contact, "contacts"),
    "channels": Quota(
        Channel,
        "channels of contacts",
        and_(Channel.contact_id.is_not(None), Channel.deleted_at.is_(None)),
    ),
    "contact_groups": Quota(ContactGroup, "contact groups"),
    "escalation_policies": Quota(EscalationPolicy, "escalation policies"),
    "on_call_schedules": Quota(OnCallSchedule, "on-call schedules"),
    "on_call_overrides": Quota(OnCallOverride, "overrides of on-call schedules"),
    "maintenance_windows": Quota(
        MaintenanceWindow, "maintenance windows", MaintenanceWindow.deleted_at.is_(None)
    ),
    "slos": Quota(Slo, "SLOs"),
    "message_templates": Quota(MessageTemplate, "message templates"),
    "event_subscriptions": Quota(EventSubscription, "event subscriptions"),
    "recipients": Quota(Recipient, "recipients"),
    "exports_under_way": Quota(Export, "exports in progress"),
    "test_runs_under_way": Quota(TestRun, "test runs in progress"),
    "incident_notes": Quota(IncidentNote, "entries of people on an incident"),
    "members": Quota(Membership, "members"),
    "teams": Quota(Team, "teams"),
    "projects": Quota(Project, "projects"),
    "project_roles": Quota(ProjectRole, "roles in one project"),
    "custom_roles": Quota(CustomRole, "custom roles"),
    "domains": Quota(Domain, "domains"),
    "sso_connections": Quota(SsoConnection, "single sign-on connections"),
    "invitations": Quota(Invitation, "open invitations"),
    "api_keys": Quota(ApiKey, "API keys"),
    "service_accounts": Quota(ServiceAccount, "service accounts"),
    "saved_views": Quota(SavedView, "saved views of one member"),
}
"""The quotas that count rows. Others of `USUAL` are counted where they are used."""


def use(session: Session, limits: Mapping[str, int]) -> None:
    """Set the operator's limits in this session; the others keep their defaults."""
    terms.offer(session, limits, terms.offered(session))


def limit(session: Session, organization_id: int, name: str) -> int:
    """Return a limit of an organization. Each is resolved here and nowhere else."""
    return terms.limit(session, organization_id, name)


def lock(session: Session, organization_id: int, name: str) -> None:
    """Wait for concurrent additions, then lock them out. Call this before locking any row."""
    locks.take_change(session, organization_id, f"quota/{name}")


@of_whole_organization
def take(
    session: Session,
    organization_id: int,
    name: str,
    *,
    more: int = 1,
    only: ColumnElement[bool] | None = None,
) -> None:
    """Reserve room for `more` rows until the commit. Raise `LimitReached` if there is none.

    `only` limits which rows count, such as those of one incident.
    """
    if not more:
        return
    lock(session, organization_id, name)
    quota = QUOTAS[name]
    conditions = [each for each in (quota.live, only) if each is not None]
    query = select(func.count()).select_from(quota.table)
    used = session.scalars(
        query.where(quota.table.organization_id == organization_id, *conditions)
    ).one()
    refuse_more(session, organization_id, name, quota.nouns, used=used, more=more)


@of_whole_organization
def take_checks(session: Session, organization_id: int, more: float) -> None:
    """Reserve this many more checks per day. Raise `LimitReached` if there is no room.

    A change that asks for no more than before always passes, even above a limit that was lowered.
    """
    if more <= 0:
        return
    lock(session, organization_id, CHECKS)
    used = checks_used(session, organization_id)
    refuse_more(session, organization_id, CHECKS, "checks a day", used=used, more=more)


def checks_used(session: Session, organization_id: int) -> float:
    """Return the checks per day of all monitors that are neither paused nor heartbeats."""
    _, checks = monitors_used(session, [organization_id]).get(organization_id, (0, 0.0))
    return checks


def monitors_used(
    session: Session, organization_ids: Sequence[int]
) -> Mapping[int, tuple[int, float]]:
    """Return the monitors of each organization that has any, and their checks per day."""
    checks = func.cardinality(Monitor.region_ids) * weight() * SECONDS_OF_A_DAY
    rate = cast(checks, Float) / cast(Monitor.interval_seconds, Float)
    is_checked = ~Monitor.paused & (Monitor.kind != heartbeat.KIND)
    rows = session.execute(
        select(
            Monitor.organization_id,
            func.count(),
            func.coalesce(func.sum(rate).filter(is_checked), 0),
        )
        .where(Monitor.organization_id.in_(organization_ids), Monitor.deleted_at.is_(None))
        .group_by(Monitor.organization_id)
    )
    return {owner: (count, float(used)) for owner, count, used in rows}


def checks_per_day(monitor: Monitor) -> float:
    """Return how often the regions of a monitor check it together, if it is not paused."""
    if monitor.kind == heartbeat.KIND:
        return 0.0
    weight = weight_of(monitor.kind, monitor.settings)
    return weight * len(monitor.region_ids) * SECONDS_OF_A_DAY / monitor.interval_seconds


def weight_of(kind: str, settings: Mapping[str, Any]) -> int:
    """Return how many checks one check counts as: a multistep check counts each of its steps."""
    entries = settings.get(_METERED[kind]) if kind in _METERED else None
    return len(entries) if entries else 1


def weight() -> ColumnElement[int]:
    """Return the same of a row of `monitors`."""
    return case(
        *(
            (Monitor.kind == kind, func.jsonb_array_length(Monitor.settings[setting]))
            for kind, setting in _METERED.items()
        ),
        else_=literal(1),
    )


def refuse_more(
    session: Session, organization_id: int, name: str, nouns: str, *, used: float, more: float
) -> None:
    """Raise `LimitReached`, with the limit, the usage and the plan, unless `more` has room."""
    most = limit(session, organization_id, name)
    if used + more > most + _ROUNDING:
        raise LimitReached(
            f"An organization may have at most {most} {nouns} (limit `{name}`)."
            f" It has {round(used)}, and this request adds {round(more)}.",
            limit=name,
            allowed=most,
            used=round(used),
            plan=terms.of(session, organization_id).plan_id,
        )


def refuse_outside(session: Session, organization_id: int, name: str, value: int) -> None:
    """Raise `LimitReached` for a value of one item that exceeds a limit, or falls below it."""
    bound = limit(session, organization_id, name)
    if value < bound if name in LEAST else value > bound:
        at = "least" if name in LEAST else "most"
        raise LimitReached(
            f"The plan allows at {at} {bound} here (limit `{name}`), and this request has {value}.",
            limit=name,
            allowed=bound,
            used=value,
            plan=terms.of(session, organization_id).plan_id,
        )


def refuse_unless_included(session: Session, organization_id: int, feature: str) -> None:
    """Raise `LimitReached` unless the plan includes a feature, such as `sso`."""
    if not limit(session, organization_id, feature):
        raise LimitReached(
            f"The plan of this organization does not include this (limit `{feature}`).",
            limit=feature,
            allowed=0,
            used=0,
            plan=terms.of(session, organization_id).plan_id,
        )
