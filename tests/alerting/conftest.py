"""The world of a scenario, and its clock in minutes."""

import pytest
from sqlalchemy.orm import Session

from tests.alerting.world import World


@pytest.fixture
def world(session: Session) -> World:
    return World(session)
