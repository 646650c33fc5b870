"""Monitors that burn since what they depend on is down: people hear of the parent alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Outcome
from models import BurnRate, Delivery, Monitor
from services.monitors import monitors
from services.warnings import slo_burn
from tests.alerting.world import START, World
from tests.factories.slos import slo
from tests.services.subscribing import posted, subscribe

UP, DOWN, DEGRADED = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED


@pytest.fixture
def world(session: Session) -> World:
    return World(session)


@pytest.fixture
def family(world: World) -> tuple[Monitor, Monitor]:
    """Watch a router, and a shop behind it that has an objective."""
    world.minute = -60
    group = world.group(world.contact("Ann"))
    router = world.monitor("Router", group)
    shop = world.monitor("Shop", group, parent_ids=[router.public_id])
    slo(world.session, shop)
    world.minute = 0
    return router, shop


def sweep(world: World) -> None:
    slo_burn.sweep(world.session, now=world.now)
    world.session.flush()


def passing(world: World, minute: int, **outcomes: tuple[Monitor, Outcome]) -> None:
    """Let these checks come in each minute until then, and look at what burns."""
    while world.minute < minute:
        world.until(world.minute + 1)
        for monitor, outcome in outcomes.values():
            world.check(monitor, outcome)
        sweep(world)


def notified(world: World) -> list[float]:
    rows = world.session.scalars(
        select(Delivery).where(Delivery.event == AlertEvent.BURN_RATE).order_by(Delivery.id)
    )
    return [(row.created_at - START) / timedelta(minutes=1) for row in rows]


def test_nothing_is_told_while_a_parent_is_down_nor_of_that_time_afterwards(
    world: World, family: tuple[Monitor, Monitor]
) -> None:
    router, shop = family
    passing(world, 20, router=(router, DOWN), shop=(shop, DOWN))
    passing(world, 90, router=(router, UP), shop=(shop, UP))
    assert notified(world) == []


def test_what_is_down_longer_than_its_parent_is_its_own_trouble(
    world: World, family: tuple[Monitor, Monitor]
) -> None:
    router, shop = family
    passing(world, 20, router=(router, DOWN), shop=(shop, DOWN))
    passing(world, 40, router=(router, UP), shop=(shop, DOWN))
    # It was told that it is down in the minute before.
    assert notified(world) == [22]


def test_one_that_burned_before_its_parent_went_down_is_told_when_that_is_back(
    world: World, family: tuple[Monitor, Monitor]
) -> None:
    router, shop = family
    world.check(router, UP)
    world.check(shop, DOWN)
    world.until(1)
    world.check(router, DOWN)
    passing(world, 10, router=(router, DOWN), shop=(shop, DOWN))
    assert notified(world) == []
    passing(world, 20, router=(router, UP), shop=(shop, DOWN))
    assert notified(world) == [11]


def test_one_whose_parent_is_asked_just_now_is_not_told_yet(
    world: World, family: tuple[Monitor, Monitor]
) -> None:
    router, shop = family
    monitors.change(
        world.session, world.organization_id, router.public_id, {"confirmations": 3}, now=world.now
    )
    world.check(shop, DOWN)
    for minute, seen in ((1, DOWN), (2, DOWN), (3, DOWN)):
        world.minute = minute
        world.check(router, seen)
        sweep(world)
    assert notified(world) == []


@pytest.mark.parametrize("ends", ["degraded", "paused", "deleted"])
def test_a_parent_that_is_no_more_down_or_not_watched_hides_nothing(
    world: World, family: tuple[Monitor, Monitor], ends: str
) -> None:
    router, shop = family
    world.check(shop, DOWN)
    world.check(router, DEGRADED if ends == "degraded" else DOWN)
    if ends == "paused":
        world.edit(router, paused=True)
    if ends == "deleted":
        world.delete(router)
    passing(world, 10, shop=(shop, DOWN))
    assert len(notified(world)) == 1


def test_machines_hear_of_it_at_once(world: World, family: tuple[Monitor, Monitor]) -> None:
    router, shop = family
    subscribe(world.session, world.organization_id, "slo.*")
    passing(world, 20, router=(router, DOWN), shop=(shop, DOWN))
    [event] = posted(world.session)
    assert event["data"]["monitor"]["name"] == "Shop"
    row = world.session.scalars(select(BurnRate)).one()
    assert (row.factor, row.notified_factor) == (14.4, None)


def test_an_episode_of_the_parent_does_not_hide_one_of_the_child(
    world: World, family: tuple[Monitor, Monitor]
) -> None:
    router, shop = family
    passing(world, 10, router=(router, DOWN), shop=(shop, DOWN))
    passing(world, 14, router=(router, UP), shop=(shop, UP))
    passing(world, 25, router=(router, UP), shop=(shop, DOWN))
    assert notified(world) == [16]
