"""Any sequence of claims, failures, crashes and slow relays keeps the promises of the outbox."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alerting.alert import ENDS, OPENINGS, Alert, AlertEvent
from domain.evaluation.state import Severity
from domain.relay.retry import GIVE_UP_AFTER
from models import Delivery, Incident, Monitor
from models.delivery import OPEN, DeliveryState
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay.claims import Claimed, claim, due
from tests.services.outage import EMAIL, NOW, SMS, broken, end, watched
from tests.services.relaying import BUSY, REFUSED, accept, fail, relay_settings, tell_more

BY = relay_settings(burst=2)
"""Two go alone, so that three are a burst."""


@dataclass
class World:
    """Outages told to two addresses; what the provider accepted, and which repeats are excused."""

    session: Session
    now: datetime = NOW
    in_hand: list[Claimed] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    begun: set[str] = field(default_factory=set)
    """The outages of which a beginning was accepted: the first that was tried need not be that one."""
    attempted: dict[str, set[str]] = field(default_factory=dict)
    """What the last attempt under each key was to say."""
    open: list[Incident] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.organization_id = watched(self.session).organization_id
        self.begin()

    def begin(self) -> None:
        monitor = watched(self.session)
        monitor.organization_id = self.organization_id
        self.session.flush()
        self._open(broken(self.session, monitor, now=self.now))

    def worsen(self) -> None:
        """Let the oldest outage that goes on change its severity, to and back."""
        if self.open:
            before = self.open.pop(0)
            end(self.session, before, at=self.now)
            monitor = self.session.get_one(Monitor, before.monitor_id)
            after = broken(self.session, monitor, now=self.now)
            after.follows_id = before.id
            mild = before.severity is Severity.DOWN
            after.severity = Severity.DEGRADED if mild else Severity.DOWN
            self._open(after)

    def recover(self) -> None:
        if self.open:
            incident = self.open.pop(0)
            end(self.session, incident, at=self.now)
            tell_more(self.session, incident, now=self.now)

    def remind(self) -> None:
        for incident in self.open[:1]:
            number = int(self.now.timestamp())
            notified = AlertEvent.REMINDER
            tell_more(self.session, incident, notified, number=number, now=self.now)

    def wait(self) -> None:
        self.now += timedelta(seconds=25)

    def wait_long(self) -> None:
        self.now += timedelta(hours=5)

    def take(self) -> None:
        """Wake a relay for each delivery, the newest first: messages come in any order."""
        for delivery_id in self.session.scalars(select(Delivery.id).order_by(Delivery.id.desc())):
            if self._claim(delivery_id):
                return

    def sweep(self) -> None:
        for delivery_id in due(self.session, now=self.now, limit=99):
            self._claim(delivery_id)

    def send(self) -> None:
        if self.in_hand:
            accept(self.session, self._accept(), self.now, by=BY)

    def die_after_sending(self) -> None:
        if self.in_hand:
            self.excused.update(_told_by(self._accept().alert))

    def die_before_sending(self) -> None:
        if self.in_hand:
            self.in_hand.pop(0)

    def fail(self) -> None:
        if self.in_hand:
            fail(self.session, self.in_hand.pop(0), BUSY, self.now)

    def refuse(self) -> None:
        if self.in_hand:
            fail(self.session, self.in_hand.pop(0), REFUSED, self.now)

    def unfinished(self) -> bool:
        query = select(Delivery.id).where(Delivery.state.in_(OPEN)).limit(1)
        return self.session.scalars(query).one_or_none() is not None

    def _open(self, incident: Incident) -> None:
        self.open.append(incident)
        channels = [Destination(*EMAIL), Destination(*SMS)]
        deliveries.record_opening(self.session, incident, channels, now=self.now)

    def _claim(self, delivery_id: int) -> bool:
        claimed = claim(self.session, delivery_id, settings=BY, now=self.now)
        if claimed:
            parts = set(_told_by(claimed.alert))
            before = self.attempted.setdefault(claimed.alert.key, parts)
            assert parts <= before, "Who has this key already would take the news for a repeat."
            self.attempted[claimed.alert.key] = parts
            self.in_hand.append(claimed)
        return claimed is not None

    def _accept(self) -> Claimed:
        claimed = self.in_hand.pop(0)
        row = self.session.get_one(Delivery, claimed.id, populate_existing=True)
        # Slower than its lease, it sends beside the relay that took over: as good as a crash.
        is_slow = (row.attempt, row.state) != (claimed.attempt, DeliveryState.SENDING)
        if is_slow:
            self.excused.update(_told_by(claimed.alert))
        self._judge_order(claimed.alert, is_excused=is_slow)
        self.accepted.update(_told_by(claimed.alert))
        return claimed

    def _judge_order(self, alert: Alert, *, is_excused: bool) -> None:
        for part in alert.parts or (alert,):
            if part.event in OPENINGS:
                self.begun.add(part.outage_key)
            elif part.event is not AlertEvent.MISSED and not is_excused:
                assert part.outage_key in self.begun, f"{part.event} before its outage"


def _told_by(alert: Alert) -> list[str]:
    return [part.key for part in alert.parts or (alert,)]


STEPS: list[Callable[[World], None]] = [
    World.begin,
    World.begin,
    World.worsen,
    World.recover,
    World.remind,
    World.wait,
    World.wait,
    World.wait_long,
    World.take,
    World.take,
    World.sweep,
    World.send,
    World.send,
    World.die_after_sending,
    World.die_before_sending,
    World.fail,
    World.refuse,
]
ENDS_OF_IT: list[Callable[[World], None]] = [World.send, World.fail, World.die_before_sending]


@given(steps=st.lists(st.sampled_from(STEPS), max_size=50), ending=st.sampled_from(ENDS_OF_IT))
def test_invariants_3_4_and_10_hold_for_any_sequence(
    database: Engine,
    steps: list[Callable[[World], None]],
    ending: Callable[[World], None],
) -> None:
    with database.connect() as connection, connection.begin() as transaction:
        world = World(Session(connection, join_transaction_mode="create_savepoint"))
        for step in steps:
            step(world)
        while world.open:
            world.recover()
        _run_out(world, ending)
        assert not world.unfinished()
        _judge_repeats(world)
        if ending is World.send:
            _judge_ends(world)
        transaction.rollback()


def _run_out(world: World, ending: Callable[[World], None]) -> None:
    """Let relays work until nothing is due any more: a day for what begins, its parts and its end."""
    until = world.now + 4 * GIVE_UP_AFTER
    while world.now < until and world.unfinished():
        world.now += timedelta(hours=4)
        for _ in range(4):
            world.sweep()
            while world.in_hand:
                ending(world)


def _judge_repeats(world: World) -> None:
    """Nothing is told twice, alone or in a digest, unless a relay died between sending and marking."""
    assert not [key for key, count in world.accepted.items() if count > 1 + world.excused[key]]


def _judge_ends(world: World) -> None:
    """Of each outage that a channel heard of for sure it heard the end, unless that was refused."""
    rows = world.session.scalars(select(Delivery).execution_options(populate_existing=True)).all()
    owed = {
        (row.chain_id, row.kind, row.address)
        for row in rows
        if row.event in OPENINGS and row.state in {DeliveryState.SENT, DeliveryState.MERGED}
    }
    ended = {
        (row.chain_id, row.kind, row.address)
        for row in rows
        if row.event in ENDS
        and (world.accepted[str(row.public_id)] or row.state is DeliveryState.DEAD)
    }
    assert owed <= ended
