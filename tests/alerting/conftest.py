"""The world of a scenario, and its clock in minutes."""

import pytest
from sqlalchemy.orm import Session

from models import ContactGroup, Monitor
from tests.alerting.world import World


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def group(world: World) -> ContactGroup:
    return world.group(world.contact("Ann"))


@pytest.fixture
def router(world: World, group: ContactGroup) -> Monitor:
    return world.monitor("Router", group)
