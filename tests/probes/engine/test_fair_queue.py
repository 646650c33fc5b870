"""Turns: every host, organization and whatever hangs has its share, and the others theirs."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from probes.engine.fair_queue import Limits, Turn, Turns, host_of
from tests.probes.conftest import target

UP = ProbeResult(outcome=Outcome.UP)
HUNG = ProbeResult(outcome=Outcome.DOWN, cause=Cause.TIMEOUT)


def turn(
    host: str = "a.test",
    organization: int = 1,
    key: object = None,
    start_before: float = float("inf"),
) -> Turn:
    wanted = replace(target(f"http://{host}/"), organization=organization)
    return Turn(key or host, wanted, start_before)


def taken(turns: Turns, most: int = 1000) -> list[Turn]:
    found: list[Turn] = []
    while len(found) < most and (each := turns.take()):
        found.append(each)
    return found


def test_without_limits_everybody_begins_in_the_order_of_arrival() -> None:
    turns = Turns(100, Limits())
    for key in range(1, 6):
        turns.add(turn(f"host{key}.test", key=key))
    assert [each.key for each in taken(turns)] == [1, 2, 3, 4, 5]
    assert (len(turns), turns.take()) == (0, None)


@pytest.mark.abuse(24)
def test_a_host_has_only_so_many_at_once_and_holds_up_nobody_else() -> None:
    turns = Turns(100, Limits(per_host=2))
    for key in range(1, 6):
        turns.add(turn("busy.test", key=key))
    turns.add(turn("other.test", organization=2))
    running = taken(turns)
    assert [each.key for each in running] == [1, 2, "other.test"]
    assert len(turns) == 3
    turns.done(running[0], UP)
    assert [each.key for each in taken(turns)] == [3]


def test_the_port_tells_hosts_apart_and_the_path_does_not() -> None:
    assert host_of("http://a.test:81/x") == host_of("https://a.test:81/y") == "a.test:81"
    assert host_of("http://a.test/") != host_of("http://a.test:81/")
    assert host_of("rdap:a.test") == "rdap:a.test"


def test_an_organization_has_only_its_share() -> None:
    turns = Turns(10, Limits(organization_share=0.5))
    for number in range(20):
        turns.add(turn(f"host{number}.test", organization=1))
    turns.add(turn("small.test", organization=2))
    running = taken(turns)
    assert Counter(each.target.organization for each in running) == {1: 5, 2: 1}


def test_a_share_is_never_nothing() -> None:
    turns = Turns(1, Limits(organization_share=0.01, slow_share=0.01, per_host=1))
    turns.add(turn())
    assert len(taken(turns)) == 1


def test_hosts_that_hung_share_a_lane_until_they_answer() -> None:
    turns = Turns(10, Limits(slow_share=0.2))
    hosts = [f"hangs{number}.test" for number in range(6)]
    for host in hosts:
        turns.add(turn(host))
    for each in taken(turns):
        turns.done(each, HUNG)
    for host in hosts:
        turns.add(turn(host))
    turns.add(turn("good.test"))
    running = taken(turns)
    assert [each.key for each in running] == ["hangs0.test", "hangs1.test", "good.test"]
    for each in running:
        turns.done(each, UP)
    turns.add(turn("hangs0.test"))
    turns.add(turn("hangs1.test"))
    # Two that answered, and two of the four that are still known to hang.
    assert len(taken(turns)) == 4


def test_an_unknown_result_says_nothing_about_a_host() -> None:
    turns = Turns(10, Limits(slow_share=0.1))
    for result in (HUNG, ProbeResult(outcome=Outcome.UNKNOWN, cause=Cause.STALLED)):
        turns.add(turn("hangs.test"))
        turns.done(taken(turns)[0], result)
    for _ in range(3):
        turns.add(turn("hangs.test"))
    assert len(taken(turns)) == 1


def test_the_oldest_that_may_begin_goes_first_whenever_its_place_became_free() -> None:
    turns = Turns(100, Limits(per_host=1))
    turns.add(turn("a.test", key=1))
    turns.add(turn("a.test", key=2))
    [first] = taken(turns)
    turns.add(turn("b.test", key=3))
    turns.done(first, UP)
    assert [each.key for each in taken(turns)] == [2, 3]


def test_who_waited_too_long_is_removed_and_nobody_else() -> None:
    turns = Turns(10, Limits(per_host=1))
    for key in range(1, 5):
        turns.add(turn(key=key, start_before=float(key)))
    assert [each.key for each in taken(turns)] == [1]
    assert [each.key for each in turns.expired(3.5)] == [2, 3]
    assert len(turns) == 1


def test_a_queue_that_ran_empty_while_it_was_set_aside_gives_its_place_to_the_next() -> None:
    turns = Turns(10, Limits(organization_share=0.1))
    turns.add(turn("first.test"))
    turns.add(turn("late.test", start_before=1.0))
    turns.add(turn("next.test"))
    [first] = taken(turns)
    assert [each.key for each in turns.expired(2.0)] == ["late.test"]
    turns.done(first, UP)
    assert [each.key for each in taken(turns)] == ["next.test"]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_limits_hold_and_nobody_is_forgotten(seed: int) -> None:
    random = Random(seed)
    turns = Turns(20, Limits(per_host=3, organization_share=0.3, slow_share=0.25))
    running: list[Turn] = []
    added = ended = 0
    for _ in range(2000):
        if random.random() < 0.5:
            host = f"host{random.randrange(8)}.test"
            turns.add(turn(host, organization=random.randrange(4)))
            added += 1
        running += taken(turns, 20 - len(running))
        hosts = Counter(host_of(each.target.url) for each in running)
        organizations = Counter(each.target.organization for each in running)
        assert max(hosts.values(), default=0) <= 3
        assert max(organizations.values(), default=0) <= 6
        if running and random.random() < 0.5:
            turns.done(running.pop(random.randrange(len(running))), random.choice([UP, HUNG]))
            ended += 1
    while running or len(turns):
        running += taken(turns, 20 - len(running))
        assert running
        turns.done(running.pop(), random.choice([UP, HUNG]))
        ended += 1
    assert ended == added


@pytest.mark.abuse(117)
def test_what_leads_to_a_full_address_waits_for_its_turn_again() -> None:
    turns = Turns(100, Limits(per_address=2))
    for number in range(1, 5):
        turns.add(turn(f"name{number}.test", organization=number))
    turns.add(turn("other.test"))
    first, second, third, fourth, other = taken(turns)
    assert turns.connects(first, ["192.0.2.1"])
    assert turns.connects(second, ["192.0.2.1"])
    assert turns.connects(other, ["192.0.2.2"])
    assert not turns.connects(third, ["192.0.2.1"])
    turns.put_back(third)
    assert not turns.connects(fourth, ["192.0.2.9", "192.0.2.1"])
    turns.put_back(fourth)
    assert (taken(turns), len(turns)) == ([], 2)
    turns.done(other, UP)
    assert taken(turns) == []
    turns.done(first, UP)
    assert taken(turns) == [third]
    assert turns.connects(third, ["192.0.2.1"])
    turns.done(second, UP)
    turns.done(third, UP)
    assert taken(turns) == [fourth]
    assert len(turns) == 0


@pytest.mark.abuse(117)
def test_where_a_host_led_last_is_known_before_its_next_check_begins() -> None:
    turns = Turns(100, Limits(per_address=1))
    for number in range(3):
        each = turn(f"name{number}.test", organization=number)
        turns.add(each)
        assert taken(turns) == [each]
        assert turns.connects(each, ["192.0.2.1"])
        turns.done(each, UP)
    for number in range(3):
        turns.add(turn(f"name{number}.test", organization=number))
    (alone,) = taken(turns)
    turns.done(alone, UP)
    assert len(taken(turns)) == 1


@pytest.mark.abuse(117)
def test_a_check_that_waits_again_ends_where_its_time_is_over_and_keeps_its_place_before_others() -> (
    None
):
    turns = Turns(100, Limits(per_address=1))
    busy, early = turn("busy.test"), turn("a.test", organization=2, key=1, start_before=5)
    turns.add(busy)
    turns.add(early)
    assert taken(turns) == [busy, early]
    assert turns.connects(busy, ["192.0.2.1"])
    assert not turns.connects(early, ["192.0.2.1"])
    turns.add(turn("a.test", organization=2, key=2, start_before=7))
    turns.put_back(early)
    assert [each.key for each in turns.expired(6)] == [1]
    turns.done(busy, UP)
    assert [each.key for each in taken(turns)] == [2]
