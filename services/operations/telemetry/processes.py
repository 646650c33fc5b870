"""Reports of the processes: how many of a role run, their memory, their processor time, their starts.

A process reports every `EVERY_SECONDS`. Figures are kept by role, so their number does not grow with
the processes. A process that has not reported for `LIFE_SECONDS` counts as ended.
"""

import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import psutil
from redis import Redis

from services.operations.telemetry import series

EVERY_SECONDS = 10.0
LIFE_SECONDS = 45.0
"""Reports may fail a few times before a process counts as ended."""

_PROCESSES = "telemetry:processes"
_CPU = "telemetry:process_cpu"
_STARTS = "telemetry:process_starts"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process uses: seconds of processor time since its start, and bytes of memory."""

    cpu_seconds: float
    resident_bytes: int


def own_usage() -> Usage:
    """Return what this process uses."""
    process = psutil.Process()
    times = process.cpu_times()
    return Usage(times.user + times.system, process.memory_info().rss)


@dataclass(slots=True, kw_only=True)
class Reporter:
    """Reports one process. `usage` measures it."""

    role: str
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    usage: Callable[[], Usage] = own_usage
    _reported_cpu: float | None = None

    def report(self, redis: Redis, *, now: float) -> None:
        """Report this process at a time of `clock`. Raise `RedisError` if Redis fails."""
        used = self.usage()
        reported = self._reported_cpu
        said = json.dumps({"at": now, "resident_bytes": used.resident_bytes})
        with redis.pipeline(transaction=True) as pipe:
            pipe.hset(_PROCESSES, series.field(self.role, self.host, str(self.pid)), said)
            pipe.hincrbyfloat(_CPU, self.role, used.cpu_seconds - (reported or 0))
            if reported is None:
                pipe.hincrby(_STARTS, self.role, 1)
            pipe.execute()
        self._reported_cpu = used.cpu_seconds


@dataclass(frozen=True, slots=True)
class RoleUsage:
    """The running processes of a role."""

    processes: int = 0
    resident_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes by role. The sums go on after a process has ended."""

    running: dict[str, RoleUsage]
    cpu_seconds: dict[str, float]
    starts: dict[str, int]


def read(redis: Redis, *, now: float) -> Processes:
    """Return the processes of each role that ever reported, at a time of `clock`."""
    starts = {role: int(value) for (role,), value in series.read(redis, _STARTS).items()}
    running = dict.fromkeys(starts, RoleUsage())
    for name, said in _reports(redis).items():
        if now - said["at"] <= LIFE_SECONDS:
            role = name.partition(" ")[0]
            before = running.get(role, RoleUsage())
            running[role] = RoleUsage(
                before.processes + 1, before.resident_bytes + int(said["resident_bytes"])
            )
    cpu = {role: value for (role,), value in series.read(redis, _CPU).items()}
    return Processes(running=running, cpu_seconds=cpu, starts=starts)


def forget_ended(redis: Redis, *, now: float) -> None:
    """Delete the reports of processes that ended before `now`, a time of `clock`."""
    ended = [name for name, said in _reports(redis).items() if now - said["at"] > 2 * LIFE_SECONDS]
    if ended:
        redis.hdel(_PROCESSES, *ended)


def clock(redis: Redis) -> float:
    """Return the time of Redis in unix seconds: the clocks of machines may differ."""
    seconds, microseconds = redis.time()
    return seconds + microseconds / 1e6


def _reports(redis: Redis) -> dict[str, dict[str, float]]:
    table = cast("Mapping[bytes, bytes]", redis.hgetall(_PROCESSES))
    return {name.decode(): json.loads(said) for name, said in table.items()}
