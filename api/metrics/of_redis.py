"""The metrics that Redis holds: the lengths of queues, and what all processes counted."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric
from redis import Redis

from api.metrics.families import counters, gauges, histograms
from services.operations import queues
from services.operations.telemetry import attempts, checks, messages, processes, requests


def metrics(redis: Redis, regions: Iterable[str]) -> Iterator[Metric]:
    """Return them. Raise `RedisError` if Redis does not answer."""
    depths = queues.depths(redis, regions)
    yield gauges("queue_depth", "Messages that wait in a queue.", "queue", depths)
    yield from _checks(redis)
    yield from _messages(redis)
    yield from _requests(redis)
    yield counters(
        "delivery_attempts",
        "Attempts to deliver a message, by kind of channel and outcome.",
        ["kind", "outcome"],
        attempts.read(redis),
    )
    yield from _processes(redis)


def _checks(redis: Redis) -> Iterator[Metric]:
    counted = checks.read(redis)
    labels = ["region", "outcome"]
    yield counters("checks", "Checks by region and outcome.", labels, counted.checks)
    yield histograms(
        "lateness_seconds",
        "How late checks start.",
        ["region"],
        {(region,): histogram for region, histogram in counted.lateness.items()},
        checks.LATENESS_BUCKETS,
    )


def _messages(redis: Redis) -> Iterator[Metric]:
    yield counters(
        "skipped_rounds",
        "Publishing rounds skipped for a full queue.",
        ["region"],
        {(region,): count for region, count in messages.skipped(redis).items()},
    )
    yield counters(
        "refused_messages",
        "Messages that were refused, by reason.",
        ["reason"],
        {(reason,): count for reason, count in messages.refused(redis).items()},
    )


def _requests(redis: Redis) -> Iterator[Metric]:
    counted = requests.read(redis)
    yield counters(
        "http_requests",
        "HTTP requests by route, method and class of status.",
        ["route", "method", "status"],
        counted.counts,
    )
    yield histograms(
        "http_request_duration_seconds",
        "Time to the answer of HTTP requests.",
        ["route", "method"],
        counted.durations,
        requests.DURATION_BUCKETS,
    )


def _processes(redis: Redis) -> Iterator[Metric]:
    found = processes.read(redis, now=processes.clock(redis))
    running = {role: usage.processes for role, usage in found.running.items()}
    resident = {role: usage.resident_bytes for role, usage in found.running.items()}
    yield gauges("processes", "Running processes by role.", "role", running)
    yield gauges(
        "processes_resident_memory_bytes",
        "Resident memory of the running processes of a role.",
        "role",
        resident,
    )
    yield counters(
        "processes_cpu_seconds",
        "Processor time of all processes of a role, ended ones included.",
        ["role"],
        {(role,): seconds for role, seconds in found.cpu_seconds.items()},
    )
    yield counters(
        "process_starts",
        "Starts of processes by role.",
        ["role"],
        {(role,): count for role, count in found.starts.items()},
    )
