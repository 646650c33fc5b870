"""Who changes a credential and who attaches one to a monitor take turns within the organization.

Otherwise a change could miss a monitor that is just being attached, and a worker would go on with
the old version. To be called before any row is locked: turns first, then rows.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_TURNS = 7_203_115


def take(session: Session, organization_id: int) -> None:
    """Wait for all others; until the commit nobody else changes or attaches a credential."""
    session.execute(select(func.pg_advisory_xact_lock(_TURNS, organization_id)))


def share(session: Session, organization_id: int) -> None:
    """Attach beside others who attach; until the commit nobody changes a credential."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_TURNS, organization_id)))
