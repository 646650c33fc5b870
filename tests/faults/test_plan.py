"""Plans are the same for the same seed, and leave the system a chance to see every outage."""

from itertools import pairwise

import pytest

from tests.faults import plan
from tests.faults.plan import DISPATCH, EVERYTHING, Fault, Kind


@pytest.mark.parametrize("seed", range(20))
def test_the_same_seed_makes_the_same_plan(seed: int) -> None:
    assert plan.long(plan.seeded(seed), seconds=300) == plan.long(plan.seeded(seed), seconds=300)
    assert plan.short(plan.seeded(seed)) == plan.short(plan.seeded(seed))


@pytest.mark.parametrize("seed", range(20))
def test_standstills_of_every_kind_come_in_ten_minutes(seed: int) -> None:
    faults = plan.long(plan.seeded(seed), seconds=900)
    great = {(fault.kind, fault.process) for fault in faults if fault.is_felt_by_all}
    assert great >= {
        (Kind.STOP, EVERYTHING),
        (Kind.STOP, DISPATCH),
        (Kind.STOP, "redis"),
        (Kind.STOP, "postgres"),
        (Kind.OFF, EVERYTHING),
    }
    stops = [fault for fault in faults if fault.process == EVERYTHING and fault.kind is Kind.STOP]
    assert all(5 <= stop.seconds <= 120 and 0 <= stop.blip <= 5 for stop in stops)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_else_happens_while_everybody_is_held_up(seed: int) -> None:
    for faults in (plan.long(plan.seeded(seed), seconds=600), plan.short(plan.seeded(seed))):
        for great in (each for each in faults if each.is_felt_by_all and each.seconds > 5):
            until = great.at + great.seconds + great.recovery_seconds
            meanwhile = [each for each in faults if great.at < each.at < until]
            assert meanwhile == []


@pytest.mark.parametrize("seed", range(20))
def test_a_stopped_process_is_left_alone(seed: int) -> None:
    for faults in (plan.long(plan.seeded(seed), seconds=600), plan.short(plan.seeded(seed))):
        for stop in (each for each in faults if each.kind is Kind.STOP):
            meanwhile = [f for f in faults if stop.at < f.at <= stop.at + stop.seconds]
            assert stop.process not in {f.process for f in meanwhile if f.kind is not Kind.EMPTY}


@pytest.mark.parametrize("seed", range(20))
def test_redis_is_emptied_only_while_no_worker_takes_checks(seed: int) -> None:
    for faults in (plan.long(plan.seeded(seed), seconds=1200), plan.short(plan.seeded(seed))):
        emptied = [fault for fault in faults if fault.kind is Kind.EMPTY]
        assert emptied
        for fault in emptied:
            stopped = {f.process for f in faults if f.at <= fault.at <= f.at + f.seconds}
            assert {"worker-checks.1", "worker-checks.2"} <= stopped


def test_the_short_plan_has_small_faults_and_a_standstill_with_a_blip_at_its_end() -> None:
    faults = plan.short(plan.seeded(1))
    assert {fault.kind for fault in faults} == {Kind.KILL, Kind.STOP, Kind.EMPTY}
    assert {"redis", "postgres"} <= {fault.process for fault in faults}
    [standstill] = [fault for fault in faults if fault.process == EVERYTHING]
    assert (standstill.kind, standstill.blip) == (Kind.STOP, 3)
    assert max(fault.at + fault.seconds for fault in faults) <= 65


@pytest.mark.parametrize("seed", range(20))
def test_outages_lie_within_the_run_and_apart(seed: int) -> None:
    sites = plan.sites(plan.seeded(seed), start=1000, seconds=300, outage_seconds=80, count=49)
    assert sum(bool(site.outages) for site in sites) == 28
    for site in sites:
        assert all(1000 <= o.start < o.end <= 1300 for o in site.outages)
        assert all(other.start - one.end >= 80 for one, other in pairwise(site.outages))


def test_each_kind_of_site_is_watched_at_each_interval() -> None:
    sites = plan.sites(plan.seeded(1), start=1000, seconds=300, outage_seconds=80, count=49)
    kinds = {(s.interval, s.recheck, s.hangs, s.slowness, s.fails_every) for s in sites}
    assert {site.interval for site in sites} == {5, 10, 15, 20, 30, 60, 300}
    assert len(kinds) == 7 * 5


def test_recovery_from_a_lost_server_takes_longer_than_from_a_lost_worker() -> None:
    server, worker = (Fault(0, Kind.KILL, name) for name in ("postgres", "worker-checks.1"))
    assert server.recovery_seconds > worker.recovery_seconds
