"""Which relays are woken, by a task that is done and by the sweeper, and with what message."""

from types import ModuleType

from redis import Redis
from sqlalchemy import Engine

from services.relay.bulkheads import Bulkhead
from tests.services.outage import EMAIL, SMS
from tests.tasks.relays import Accepting, outage, queued, recovery, row


def test_the_task_wakes_relays_for_what_came_of_it(
    committed: Engine, relaying: ModuleType, redis: Redis
) -> None:
    # This is no address, so the channel is gone and the phone of the contact hears of that.
    ids = outage(committed, ("email", "nonsense"), SMS)
    relaying.send(next(each for each in ids if row(committed, each).kind == "email"))
    (notice,) = queued(redis)
    assert row(committed, notice).event == "channel_disabled"


def test_the_task_leaves_what_finds_its_lane_full_and_wakes_it_later(
    committed: Engine, relaying: ModuleType, redis: Redis
) -> None:
    (delivery_id,) = outage(committed, ("pigeon", "third@loft"))
    bulkhead = Bulkhead(row(committed, delivery_id).organization_id, "pigeon", "loft")
    assert relaying.concurrency.enter(-1, bulkhead)
    assert relaying.concurrency.enter(-2, bulkhead)
    relaying.send(delivery_id)
    assert row(committed, delivery_id).attempt == 0
    relaying.sweep()
    assert queued(redis) == [], "it is woken when there is a place"
    assert relaying.concurrency.leave(bulkhead) == [delivery_id]
    assert relaying.concurrency.leave(bulkhead) == []
    relaying.send(delivery_id)
    assert row(committed, delivery_id).attempt == 1
    assert queued(redis) == []


def test_who_finds_that_a_message_is_sent_already_says_nothing_of_how_fast_its_host_is(
    committed: Engine, relaying: ModuleType
) -> None:
    (down,) = outage(committed, ("pigeon", "third@loft"))
    relaying.relay(down, lambda _: Accepting())
    bulkhead = Bulkhead(row(committed, down).organization_id, "pigeon", "loft")
    hang = [Bulkhead(-number, "pigeon", f"tower-{number}") for number in (1, 2)] * 2
    for each in (bulkhead, *hang):
        assert relaying.concurrency.enter(0, each)
    for each in (bulkhead, *hang):
        relaying.concurrency.leave(each, slow=True)
    relaying.send(down)
    entered = [
        relaying.concurrency.enter(number, each) for number, each in enumerate([*hang, bulkhead])
    ]
    assert entered == [True] * 4 + [False], "those that hang have half of the places"
    for each in hang:
        relaying.concurrency.leave(each)


def test_the_sweeper_wakes_relays_for_what_is_due_and_for_nothing_else(
    committed: Engine, relaying: ModuleType, redis: Redis
) -> None:
    due, sent = outage(committed, EMAIL), outage(committed, EMAIL)
    recovery(committed, due[0])
    relaying.relay(sent[0], lambda _: Accepting())
    relaying.sweep()
    assert queued(redis) == due


def test_a_sweep_adds_nothing_to_a_queue_that_is_longer_than_what_it_would_wake(
    committed: Engine, relaying: ModuleType, redis: Redis
) -> None:
    due = outage(committed, EMAIL)
    waiting = relaying.SWEEP_LIMIT + 1
    redis.lpush("q.notifications", *["waiting"] * waiting)
    for _ in range(3):
        relaying.sweep()
    assert redis.llen("q.notifications") == waiting
    redis.rpop("q.notifications", waiting)
    relaying.sweep()
    assert queued(redis) == due


def test_messages_carry_ids_only(committed: Engine, relaying: ModuleType, redis: Redis) -> None:
    outage(committed, EMAIL)
    relaying.sweep()
    (message,) = redis.lrange("q.notifications", 0, -1)
    assert b"ann" not in message
    assert b"example" not in message
