"""What a check of a domain's record means: proven, lost after a week, or not there yet."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Domain
from models.audit_entry import Via
from models.domain import DomainProblem, DomainState
from services.audit import acts
from services.audit.acts import SYSTEM, Circumstances
from services.events import audit as audit_events

EVERY = timedelta(days=1)
MOST_FAILURES = 7
"""How many checks in a row may fail before a proven domain is lost."""
_LEASE = timedelta(minutes=5)
_BATCH = 20


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A domain whose record is to be looked up now."""

    domain_id: int
    organization_id: int
    name: str


def due(session: Session, *, now: datetime) -> Sequence[DueCheck]:
    """Claim domains to check. Those whose check does not end are due again in five minutes."""
    claimed = (
        select(Domain.id)
        .where(Domain.next_check_at <= now)
        .order_by(Domain.next_check_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Domain)
        .where(Domain.id.in_(claimed))
        .values(next_check_at=now + _LEASE)
        .returning(Domain.id, Domain.organization_id, Domain.name)
        .execution_options(synchronize_session=False)
    )
    return [DueCheck(*row) for row in rows]


def record(
    session: Session, check: DueCheck, texts: AbstractSet[str] | None, *, now: datetime
) -> None:
    """Record what the DNS answered. `texts` is None if nobody answered.

    The change of a state is an act of this service in the audit log of the organization. Only the
    commit may follow.
    """
    domain = session.scalars(
        select(Domain).where(Domain.id == check.domain_id).with_for_update()
    ).one_or_none()
    if domain is None:
        return
    _begin_act(session, domain)
    before = domain.state
    domain.checked_at = now
    if texts is not None and domain.challenge in texts:
        _succeed(session, domain, now)
    else:
        _fail(domain, DomainProblem.UNANSWERED if texts is None else DomainProblem.MISSING, now)
    session.flush()
    if domain.state is before:
        acts.withdraw(session)
    acts.name(session, "domain.proven" if domain.state is DomainState.PROVEN else "domain.lost")
    audit_events.record_act(session)


def _succeed(session: Session, domain: Domain, now: datetime) -> None:
    domain.failures, domain.problem, domain.next_check_at = 0, None, now + EVERY
    if domain.state is DomainState.PROVEN:
        return
    session.flush()
    try:
        with session.begin_nested():
            domain.state, domain.proven_at = DomainState.PROVEN, now
            session.flush()
    except IntegrityError:
        # The owner of before may lose it within a week, so the next try is left to the organization.
        session.refresh(domain)
        domain.problem, domain.next_check_at = DomainProblem.OWNED, None


def _fail(domain: Domain, problem: DomainProblem, now: datetime) -> None:
    domain.problem = problem
    if domain.state is not DomainState.PROVEN:
        domain.next_check_at = None
        return
    domain.failures += 1
    domain.next_check_at = now + EVERY
    if domain.failures >= MOST_FAILURES:
        domain.state, domain.proven_at, domain.next_check_at = DomainState.LOST, None, None


def _begin_act(session: Session, domain: Domain) -> None:
    acts.begin(session, Circumstances(action="domain.checked", via=Via.SYSTEM))
    acts.declare(session, domain.organization_id, SYSTEM)
    acts.aim(session, "domain", domain.public_id, domain.name)
