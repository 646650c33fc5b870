"""A chain with a few entries, written as the API writes them."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from models import AuditEntry, Organization
from models.audit_entry import Via
from models.session import act_for
from services.audit import acts, record
from services.audit.acts import Circumstances
from tests.factories.organizations import organization

Append = Callable[..., AuditEntry]


@pytest.fixture
def owner(session: Session) -> Organization:
    return organization(session)


@pytest.fixture
def append(session: Session, owner: Organization) -> Append:
    """Give a function that writes an entry about a monitor."""

    def entry(action: str = "monitor.updated", **noted: object) -> AuditEntry:
        act_for(session, owner.id)
        circumstances = Circumstances(
            action=action, via=Via.APP, ip="192.0.2.1", user_agent="Browser", request_id="r" * 8
        )
        acts.begin(session, circumstances)
        acts.declare_user(session, owner.id, 0)
        acts.aim(session, "monitor", None, "Shop")
        acts.note(session, **noted)
        (written,) = record.record(session)
        return written

    return entry
