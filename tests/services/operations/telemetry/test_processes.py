"""Reports of processes: kept by role, over the ends of processes."""

from redis import Redis

from services.operations.telemetry import processes
from services.operations.telemetry.processes import LIFE_SECONDS, Reporter, RoleUsage, Usage

NOW = 1_800_000_000.0


def reporter(pid: int, *used: Usage, role: str = "checks") -> Reporter:
    figures = iter(used)
    return Reporter(role=role, host="here", pid=pid, usage=lambda: next(figures))


def test_the_running_processes_of_a_role_add_up(redis: Redis) -> None:
    for pid in (1, 2):
        reporter(pid, Usage(5, 100)).report(redis, now=NOW)
    reporter(3, Usage(1, 30), role="beat").report(redis, now=NOW)
    found = processes.read(redis, now=NOW + 1)
    assert found.running == {"checks": RoleUsage(2, 200), "beat": RoleUsage(1, 30)}
    assert found.starts == {"checks": 2, "beat": 1}


def test_processor_time_only_grows_when_a_process_is_replaced(redis: Redis) -> None:
    first = reporter(1, Usage(5, 100), Usage(8, 100))
    first.report(redis, now=NOW)
    first.report(redis, now=NOW + 10)
    reporter(2, Usage(1, 100)).report(redis, now=NOW + 20)
    assert processes.read(redis, now=NOW + 20).cpu_seconds == {"checks": 9}


def test_a_role_whose_processes_ended_is_shown_with_none(redis: Redis) -> None:
    reporter(1, Usage(5, 100)).report(redis, now=NOW)
    found = processes.read(redis, now=NOW + LIFE_SECONDS + 1)
    assert found.running == {"checks": RoleUsage(0, 0)}


def test_reports_of_ended_processes_are_deleted(redis: Redis) -> None:
    reporter(1, Usage(5, 100)).report(redis, now=NOW)
    later = NOW + 3 * LIFE_SECONDS
    reporter(2, Usage(5, 100)).report(redis, now=later)
    processes.forget_ended(redis, now=later)
    assert redis.hkeys("telemetry:processes") == [b"checks here 2"]


def test_a_process_measures_itself(redis: Redis) -> None:
    Reporter(role="api").report(redis, now=processes.clock(redis))
    found = processes.read(redis, now=processes.clock(redis))
    assert found.running["api"].resident_bytes > 10_000_000
    assert found.cpu_seconds["api"] > 0
