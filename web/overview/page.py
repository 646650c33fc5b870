"""Open incidents, people on duty, what expires soon, error budgets, and recent changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models import Expiry, Monitor
from server.identity.principal import Call
from services.incidents import changes
from services.incidents import history as incident_history
from services.incidents.changes import Change
from services.incidents.history import IncidentView
from services.monitors.listing import counts
from services.on_call import current
from services.on_call.current import CurrentDuty
from services.warnings import error_budgets, expiries
from web.slos import cards
from web.slos.cards import SloCard

_MOST_INCIDENTS = 20
_MOST_DUTIES = 5
_MOST_WARNINGS = 5
_MOST_CHANGES = 15
_RUNS_OUT = timedelta(days=30)
_LATELY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Each part is cut to what fits on one page; the pages of its noun have the rest."""

    incidents: Sequence[IncidentView]
    duties: Sequence[CurrentDuty]
    expiring: Sequence[tuple[Expiry, Monitor]]
    burning: Sequence[SloCard]
    changes: Sequence[Change]
    last_check_at: datetime | None


def of(call: Call) -> Overview:
    """Read the overview of the caller's organization, with a constant number of queries."""
    session, organization_id, now = call.session, call.organization_id, call.now
    slot = counts.last_slot(session, organization_id)
    return Overview(
        incidents=incident_history.urgent(session, organization_id, limit=_MOST_INCIDENTS),
        duties=current.duties(session, organization_id, now=now, limit=_MOST_DUTIES),
        expiring=expiries.soonest(
            session, organization_id, before=now + _RUNS_OUT, limit=_MOST_WARNINGS
        ),
        burning=[
            cards.card(each.view, each.status)
            for each in error_budgets.burning(
                session, organization_id, now=now, limit=_MOST_WARNINGS
            )
        ],
        changes=changes.since(
            session, organization_id, now - _LATELY, now=now, limit=_MOST_CHANGES
        ),
        last_check_at=datetime.fromtimestamp(slot, UTC) if slot else None,
    )
