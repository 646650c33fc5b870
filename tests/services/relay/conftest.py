"""What a relay sends: an outage of a monitor whose contact gets mail."""

import pytest
from sqlalchemy.orm import Session

from models import Incident, Monitor
from tests.services.outage import EMAIL, broken, watched
from tests.services.relaying import notify


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watched(session, EMAIL)


@pytest.fixture
def incident(session: Session, monitor: Monitor) -> Incident:
    return broken(session, monitor)


@pytest.fixture
def outage(session: Session, incident: Incident) -> int:
    """Write the message of the outage, and return its id."""
    return notify(session, incident)[0]
