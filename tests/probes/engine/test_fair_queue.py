"""Turns: every host, organization and whatever hangs has its share, and the others theirs."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from probes.engine.fair_queue import FairQueue, Limits, QueuedCheck, host_of
from tests.probes.conftest import target

UP = ProbeResult(outcome=Outcome.UP)
HUNG = ProbeResult(outcome=Outcome.DOWN, cause=Cause.TIMEOUT)


def check(
    host: str = "a.test",
    organization: int = 1,
    key: object = None,
    start_before: float = float("inf"),
) -> QueuedCheck:
    wanted = replace(target(f"http://{host}/"), organization=organization)
    return QueuedCheck(key or host, wanted, start_before)


def taken(queue: FairQueue, most: int = 1000) -> list[QueuedCheck]:
    found: list[QueuedCheck] = []
    while len(found) < most and (each := queue.take()):
        found.append(each)
    return found


def test_without_limits_everybody_begins_in_the_order_of_arrival() -> None:
    queue = FairQueue(100, Limits())
    for key in range(1, 6):
        queue.add(check(f"host{key}.test", key=key))
    assert [each.key for each in taken(queue)] == [1, 2, 3, 4, 5]
    assert (len(queue), queue.take()) == (0, None)


@pytest.mark.abuse(24)
def test_a_host_has_only_so_many_at_once_and_holds_up_nobody_else() -> None:
    queue = FairQueue(100, Limits(per_host=2))
    for key in range(1, 6):
        queue.add(check("busy.test", key=key))
    queue.add(check("other.test", organization=2))
    running = taken(queue)
    assert [each.key for each in running] == [1, 2, "other.test"]
    assert len(queue) == 3
    queue.done(running[0], UP)
    assert [each.key for each in taken(queue)] == [3]


def test_the_port_tells_hosts_apart_and_the_path_does_not() -> None:
    assert host_of("http://a.test:81/x") == host_of("https://a.test:81/y") == "a.test:81"
    assert host_of("http://a.test/") != host_of("http://a.test:81/")
    assert host_of("rdap:a.test") == "rdap:a.test"


def test_an_organization_has_only_its_share() -> None:
    queue = FairQueue(10, Limits(organization_share=0.5))
    for number in range(20):
        queue.add(check(f"host{number}.test", organization=1))
    queue.add(check("small.test", organization=2))
    running = taken(queue)
    assert Counter(each.target.organization for each in running) == {1: 5, 2: 1}


def test_a_share_is_never_nothing() -> None:
    queue = FairQueue(1, Limits(organization_share=0.01, slow_share=0.01, per_host=1))
    queue.add(check())
    assert len(taken(queue)) == 1


def test_hosts_that_hung_share_a_lane_until_they_answer() -> None:
    queue = FairQueue(10, Limits(slow_share=0.2))
    hosts = [f"hangs{number}.test" for number in range(6)]
    for host in hosts:
        queue.add(check(host))
    for each in taken(queue):
        queue.done(each, HUNG)
    for host in hosts:
        queue.add(check(host))
    queue.add(check("good.test"))
    running = taken(queue)
    assert [each.key for each in running] == ["hangs0.test", "hangs1.test", "good.test"]
    for each in running:
        queue.done(each, UP)
    queue.add(check("hangs0.test"))
    queue.add(check("hangs1.test"))
    # Two that answered, and two of the four that are still known to hang.
    assert len(taken(queue)) == 4


def test_an_unknown_result_says_nothing_about_a_host() -> None:
    queue = FairQueue(10, Limits(slow_share=0.1))
    for result in (HUNG, ProbeResult(outcome=Outcome.UNKNOWN, cause=Cause.STALLED)):
        queue.add(check("hangs.test"))
        queue.done(taken(queue)[0], result)
    for _ in range(3):
        queue.add(check("hangs.test"))
    assert len(taken(queue)) == 1


def test_the_oldest_that_may_begin_goes_first_whenever_its_place_became_free() -> None:
    queue = FairQueue(100, Limits(per_host=1))
    queue.add(check("a.test", key=1))
    queue.add(check("a.test", key=2))
    [first] = taken(queue)
    queue.add(check("b.test", key=3))
    queue.done(first, UP)
    assert [each.key for each in taken(queue)] == [2, 3]


def test_who_waited_too_long_is_removed_and_nobody_else() -> None:
    queue = FairQueue(10, Limits(per_host=1))
    for key in range(1, 5):
        queue.add(check(key=key, start_before=float(key)))
    assert [each.key for each in taken(queue)] == [1]
    assert [each.key for each in queue.expired(3.5)] == [2, 3]
    assert len(queue) == 1


def test_a_queue_that_ran_empty_while_it_was_set_aside_gives_its_place_to_the_next() -> None:
    queue = FairQueue(10, Limits(organization_share=0.1))
    queue.add(check("first.test"))
    queue.add(check("late.test", start_before=1.0))
    queue.add(check("next.test"))
    [first] = taken(queue)
    assert [each.key for each in queue.expired(2.0)] == ["late.test"]
    queue.done(first, UP)
    assert [each.key for each in taken(queue)] == ["next.test"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_limits_hold_and_nobody_is_forgotten(seed: int) -> None:
    random = Random(seed)
    queue = FairQueue(20, Limits(per_host=3, organization_share=0.3, slow_share=0.25))
    running: list[QueuedCheck] = []
    added = ended = 0
    for _ in range(2000):
        if random.random() < 0.5:
            host = f"host{random.randrange(8)}.test"
            queue.add(check(host, organization=random.randrange(4)))
            added += 1
        running += taken(queue, 20 - len(running))
        hosts = Counter(host_of(each.target.url) for each in running)
        organizations = Counter(each.target.organization for each in running)
        assert max(hosts.values(), default=0) <= 3
        assert max(organizations.values(), default=0) <= 6
        if running and random.random() < 0.5:
            queue.done(running.pop(random.randrange(len(running))), random.choice([UP, HUNG]))
            ended += 1
    while running or len(queue):
        running += taken(queue, 20 - len(running))
        assert running
        queue.done(running.pop(), random.choice([UP, HUNG]))
        ended += 1
    assert ended == added


@pytest.mark.abuse(117)
def test_what_leads_to_a_full_address_waits_for_its_turn_again() -> None:
    queue = FairQueue(100, Limits(per_address=2))
    for number in range(1, 5):
        queue.add(check(f"name{number}.test", organization=number))
    queue.add(check("other.test"))
    first, second, third, fourth, other = taken(queue)
    assert queue.connects(first, ["192.0.2.1"])
    assert queue.connects(second, ["192.0.2.1"])
    assert queue.connects(other, ["192.0.2.2"])
    assert not queue.connects(third, ["192.0.2.1"])
    queue.put_back(third)
    assert not queue.connects(fourth, ["192.0.2.9", "192.0.2.1"])
    queue.put_back(fourth)
    assert (taken(queue), len(queue)) == ([], 2)
    queue.done(other, UP)
    assert taken(queue) == []
    queue.done(first, UP)
    assert taken(queue) == [third]
    assert queue.connects(third, ["192.0.2.1"])
    queue.done(second, UP)
    queue.done(third, UP)
    assert taken(queue) == [fourth]
    assert len(queue) == 0


@pytest.mark.abuse(117)
def test_where_a_host_led_last_is_known_before_its_next_check_begins() -> None:
    queue = FairQueue(100, Limits(per_address=1))
    for number in range(3):
        each = check(f"name{number}.test", organization=number)
        queue.add(each)
        assert taken(queue) == [each]
        assert queue.connects(each, ["192.0.2.1"])
        queue.done(each, UP)
    for number in range(3):
        queue.add(check(f"name{number}.test", organization=number))
    (alone,) = taken(queue)
    queue.done(alone, UP)
    assert len(taken(queue)) == 1


@pytest.mark.abuse(117)
def test_a_check_that_waits_again_ends_where_its_time_is_over_and_keeps_its_place_before_others() -> (
    None
):
    queue = FairQueue(100, Limits(per_address=1))
    busy, early = check("busy.test"), check("a.test", organization=2, key=1, start_before=5)
    queue.add(busy)
    queue.add(early)
    assert taken(queue) == [busy, early]
    assert queue.connects(busy, ["192.0.2.1"])
    assert not queue.connects(early, ["192.0.2.1"])
    queue.add(check("a.test", organization=2, key=2, start_before=7))
    queue.put_back(early)
    assert [each.key for each in queue.expired(6)] == [1]
    queue.done(busy, UP)
    assert [each.key for each in taken(queue)] == [2]
