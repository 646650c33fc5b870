"""Plans are the same for the same seed, and leave the system a chance to see every outage."""

from itertools import pairwise

import pytest

from tests.faults import plan
from tests.faults.plan import Fault, Kind


@pytest.mark.parametrize("seed", range(20))
def test_the_same_seed_makes_the_same_plan(seed: int) -> None:
    assert plan.long(plan.seeded(seed), seconds=300) == plan.long(plan.seeded(seed), seconds=300)
    assert plan.short(plan.seeded(seed)) == plan.short(plan.seeded(seed))


@pytest.mark.parametrize("seed", range(20))
def test_stops_last_from_seconds_to_forty_and_long_ones_do_not_overlap(seed: int) -> None:
    stops = [each for each in plan.long(plan.seeded(seed), seconds=600) if each.kind is Kind.STOP]
    assert 40 in {stop.seconds for stop in stops}
    long = [stop for stop in stops if stop.seconds >= 3]
    assert all(one.at + one.seconds < other.at for one, other in pairwise(long))


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


def test_the_short_plan_has_every_kind_of_fault_and_stops_a_worker_for_forty_seconds() -> None:
    faults = plan.short(plan.seeded(1))
    assert {fault.kind for fault in faults} == set(Kind)
    assert {"redis", "postgres"} <= {fault.process for fault in faults}
    assert max(faults, key=lambda fault: fault.seconds).seconds == 40
    assert max(fault.at + fault.seconds for fault in faults) <= 50


@pytest.mark.parametrize("seed", range(20))
def test_outages_lie_within_the_run_and_apart(seed: int) -> None:
    sites = plan.sites(plan.seeded(seed), start=1000, seconds=300, outage_seconds=80, count=50)
    assert sum(bool(site.outages) for site in sites) == 30
    assert any(site.blip_every for site in sites)
    for site in sites:
        assert all(1000 <= o.start < o.end <= 1300 for o in site.outages)
        assert all(other.start - one.end >= 80 for one, other in pairwise(site.outages))


def test_recovery_from_a_lost_server_takes_longer_than_from_a_lost_worker() -> None:
    server, worker = (Fault(0, Kind.KILL, name) for name in ("postgres", "worker-checks.1"))
    assert server.recovery_seconds > worker.recovery_seconds
