"""Any sequence of claims, failures, crashes and slow relays keeps the promises of the outbox."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from domain.retry import GIVE_UP_AFTER
from models import Delivery
from models.delivery import DeliveryState
from notifiers.base import NotifierError
from services.deliveries import record_down, record_up
from services.delivery_claims import Claimed, claim, due, mark_failed, mark_sent
from tests.services.outage import EMAIL, NOW, SMS, broken, end, watched

OVER = {DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.CANCELLED}
BUSY = NotifierError("Busy.", permanent=False)
NEVER = NotifierError("Never.", permanent=True)


@dataclass
class World:
    """One incident told to two addresses; what the provider accepted, and which repeats are excused."""

    session: Session
    now: datetime = NOW
    in_hand: list[Claimed] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.incident = broken(self.session, watched(self.session, EMAIL, SMS))
        record_down(self.session, self.incident, now=self.now)

    def recover(self) -> None:
        if self.incident.ended_at is None:
            end(self.session, self.incident, at=self.now)
        record_up(self.session, self.incident, now=self.now)

    def wait(self) -> None:
        self.now += timedelta(seconds=25)

    def wait_long(self) -> None:
        self.now += timedelta(hours=5)

    def take(self) -> None:
        """Wake a relay for each delivery, the newest first: messages come in any order."""
        for delivery_id in self.session.scalars(select(Delivery.id).order_by(Delivery.id.desc())):
            claimed = claim(self.session, delivery_id, public_url="https://x", now=self.now)
            if claimed:
                self.in_hand.append(claimed)
                return

    def sweep(self) -> None:
        for delivery_id in due(self.session, now=self.now, limit=9):
            claimed = claim(self.session, delivery_id, public_url="https://x", now=self.now)
            if claimed:
                self.in_hand.append(claimed)
            else:
                assert self.session.get_one(Delivery, delivery_id).state in OVER

    def send(self) -> None:
        if self.in_hand:
            claimed = self._accept()
            mark_sent(self.session, claimed, None, now=self.now)

    def die_after_sending(self) -> None:
        if self.in_hand:
            self.excused[self._accept().alert.key] += 1

    def die_before_sending(self) -> None:
        if self.in_hand:
            self.in_hand.pop(0)

    def fail(self) -> None:
        if self.in_hand:
            mark_failed(self.session, self.in_hand.pop(0), BUSY, now=self.now, chance=0.0)

    def refuse(self) -> None:
        if self.in_hand:
            mark_failed(self.session, self.in_hand.pop(0), NEVER, now=self.now, chance=0.0)

    def states(self) -> set[DeliveryState]:
        self.session.flush()
        return set(self.session.scalars(select(Delivery.state)))

    def _accept(self) -> Claimed:
        claimed = self.in_hand.pop(0)
        row = self.session.get_one(Delivery, claimed.id)
        if (row.attempt, row.state) != (claimed.attempt, DeliveryState.SENDING):
            # Slower than its lease, it sends beside the relay that took over: as good as a crash.
            self.excused[claimed.alert.key] += 1
        elif claimed.alert.event is not AlertEvent.DOWN:
            assert self.accepted[claimed.alert.outage_key], "a recovery before its outage"
        self.accepted[claimed.alert.key] += 1
        return claimed


STEPS: list[Callable[[World], None]] = [
    World.recover,
    World.wait,
    World.wait_long,
    World.take,
    World.take,
    World.sweep,
    World.send,
    World.die_after_sending,
    World.die_before_sending,
    World.fail,
    World.refuse,
]
ENDS: list[Callable[[World], None]] = [World.send, World.fail, World.die_before_sending]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=40), ending=st.sampled_from(ENDS))
def test_invariants_3_4_and_10_hold_for_any_sequence(
    database: Engine,
    steps: list[Callable[[World], None]],
    ending: Callable[[World], None],
) -> None:
    with database.connect() as connection, connection.begin() as transaction:
        world = World(Session(connection, join_transaction_mode="create_savepoint"))
        for step in steps:
            step(world)
        world.recover()
        _run_out(world, ending)
        assert world.states() <= OVER
        assert not [key for key, count in world.accepted.items() if count > 1 + world.excused[key]]
        transaction.rollback()


def _run_out(world: World, ending: Callable[[World], None]) -> None:
    """Let relays work until nothing is due any more: two days at most, for outage and recovery."""
    until = world.now + 2 * GIVE_UP_AFTER + timedelta(hours=8)
    while world.now < until and world.states() - OVER:
        world.now += timedelta(hours=4)
        for _ in range(2):
            world.sweep()
            while world.in_hand:
                ending(world)
