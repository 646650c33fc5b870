"""Outages in the middle of which users do whatever they like, in any order: what holds all the same."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.alerting.alert import ENDS, OPENINGS, AlertEvent
from domain.evaluation.outcome import Outcome
from models import Contact, Delivery, Incident, Monitor
from models.incident import Suppression
from services.monitors.changes import MonitorChanges
from tests.alerting.world import World

STEPS = 14
SEEDS = (18, 19, 20, 29)
"""Some in which much happens at once."""
_GOES_ON = OPENINGS | {AlertEvent.REMINDER}


class Users:
    """A monitor with a parent, and what users and checks do to it by chance."""

    def __init__(self, world: World, chance: Random) -> None:
        self.world, self.chance = world, chance
        ann, bob, cid = (world.contact(name) for name in ("ann", "bob", "cid"))
        self.groups = [world.group(ann), world.group(cid, ann)]
        self.policies = [None, *(self._policy(name, [bob, cid]) for name in ("Day", "Night"))]
        self.router = world.monitor("Router", self.groups[0])
        self.shop = world.monitor(
            "Shop", self.groups[0], parent_ids=[self.router.public_id], reminder_minutes=20
        )

    def act(self) -> None:
        self.world.until(self.world.minute + self.chance.choice([1, 1, 2, 12]))
        self.chance.choice([self._check, self._check, self._edit, self._edit, self._care])()
        self.world.sweep()
        self.world.relay()

    def _policy(self, name: str, contacts: Sequence[Contact]) -> UUID:
        policy = self.world.policy((0, [self.chance.choice(contacts)]), (5, contacts)).policy
        policy.name = name
        return policy.public_id

    def _check(self) -> None:
        monitor = self.chance.choice([self.router, self.shop, self.shop])
        outcomes = [Outcome.UP, Outcome.DOWN, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN]
        self.world.check(monitor, self.chance.choice(outcomes))

    def _edit(self) -> None:
        groups = self.chance.sample(self.groups, self.chance.randint(0, 2))
        possible: Sequence[MonitorChanges] = [
            {"paused": True},
            {"paused": False},
            {"escalation_policy_id": self.chance.choice(self.policies)},
            {"contact_group_ids": [group.public_id for group in groups]},
        ]
        self.world.edit(self.shop, **self.chance.choice(possible))

    def _care(self) -> None:
        take: Sequence[Callable[[Monitor], None]] = (
            self.world.acknowledge,
            self.world.unacknowledge,
            lambda monitor: self.world.snooze(monitor, 10),
        )
        if open_incident(self.world, self.shop) is not None:
            self.chance.choice(take)(self.shop)
        else:
            self.world.maintenance(self.shop, minutes=15)

    def end(self) -> None:
        """Let all be watched, and both be up for long enough that nobody waits for anything."""
        self.world.edit(self.shop, paused=False)
        for monitor in (self.router, self.shop):
            self.world.until(self.world.minute + 1)
            self.world.check(monitor, Outcome.UP)
        self.world.until(self.world.minute + 60)


def open_incident(world: World, monitor: Monitor) -> Incident | None:
    query = select(Incident).where(Incident.monitor_id == monitor.id, Incident.ended_at.is_(None))
    return world.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def messages(world: World, monitor: Monitor) -> Sequence[Delivery]:
    query = select(Delivery).where(Delivery.monitor_id == monitor.id).order_by(Delivery.id)
    return world.session.scalars(query.execution_options(populate_existing=True)).all()


def assert_goes_on(incident: Incident, monitor: Monitor) -> None:
    """Somebody looks at it in time, unless somebody takes care or it is known who will wake it."""
    due = [each for each in (incident.step_at, incident.reminder_at) if each]
    if incident.acknowledged_at is not None:
        assert incident.next_at is None
    elif incident.suppressed_by is not None:
        assert incident.next_at or (incident.suppressed_by is Suppression.PAUSED and monitor.paused)
    elif due or incident.snoozed_until:
        assert incident.next_at == (incident.snoozed_until or min(due))


def assert_told_in_order(notified: Sequence[Delivery]) -> None:
    """Each who was told hears the beginning first and once, then the end, once, and no more."""
    stories: dict[tuple[int | None, str], list[Delivery]] = defaultdict(list)
    for each in notified:
        stories[each.chain_id, each.address].append(each)
    for story in stories.values():
        events = [each.event for each in story]
        assert events[0] in OPENINGS
        assert [event in ENDS for event in events] == [False] * (len(events) - 1) + [True]
        openings = Counter(each.incident_id for each in story if each.event in OPENINGS)
        assert set(openings.values()) == {1}


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_users_do_nothing_is_lost_or_told_twice(world: World, seed: int) -> None:
    users = Users(world, Random(seed))
    shop = users.shop
    for _ in range(STEPS):
        was_paused, before = shop.paused, len(messages(world, shop))
        users.act()
        if was_paused and shop.paused:
            new = messages(world, shop)[before:]
            assert not [each for each in new if each.event in _GOES_ON]
        incident = open_incident(world, shop)
        if incident is not None:
            assert_goes_on(incident, shop)
    users.end()
    assert_told_in_order(messages(world, shop))
