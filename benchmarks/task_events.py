"""What the task events of a sample cost each check, beside the probe engine alone.

    python -m benchmarks.task_events [--checks 20000] [--rates 100 1000]

The events of the sample go to a real Redis, each batch by itself, which is the worst case. The
probe engine is the smaller part of a check, so the share of a whole check is smaller still.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from celery import Celery
from celery.events import EventDispatcher

from benchmarks import probe_engine
from benchmarks.ratios import Ratio, print_table
from config.broker import kombu_url
from devstack.servers.redis import Redis as RedisServer
from tasks.worker.publisher import CHECK_TASK
from tasks.worker.task_events import SampledTask, Sampler

_CHECKS = 20_000
_RATES = (100.0, 1000.0)
_ALLOWED = 0.02


@dataclass(frozen=True, slots=True)
class _Consumer:
    event_dispatcher: EventDispatcher


def us_per_check(dispatcher: EventDispatcher, checks: int, rate: float) -> float:
    """Return the CPU microseconds per check of sampling, and of the events of the sample."""
    sampler, consumer = Sampler(), _Consumer(dispatcher)
    started = time.process_time()
    for number in range(checks):
        # As on a worker that gets checks at this rate.
        now = number / rate
        if sampler.admits(now):
            sampled = SampledTask(consumer, f"{number}-1800000000-default", CHECK_TASK, now)
            sampled.start()
            dispatcher.flush()
            sampled.finish(now, is_done=True)
            dispatcher.flush()
    return (time.process_time() - started) / checks * 1e6


def compare(checks: int = _CHECKS, rates: Sequence[float] = _RATES) -> list[Ratio]:
    """Measure at each rate, and put the events beside the engine at that rate."""
    with tempfile.TemporaryDirectory(prefix="downtime-bench-") as name:
        server = RedisServer(Path(name))
        try:
            spent = _spent(kombu_url(server.url), checks, rates)
        finally:
            server.stop()
    return [
        Ratio(
            f"task events of a sample at {rate:.0f}/s, beside the engine alone",
            spent[rate] * 1000,
            probe_engine.compare(rate=rate)[0].ours * 1000,
            "ns",
        )
        for rate in rates
    ]


def _spent(url: str, checks: int, rates: Sequence[float]) -> dict[float, float]:
    with Celery(broker=url).connection_for_write() as connection:
        dispatcher = EventDispatcher(connection, hostname="bench@host", buffer_group=["task"])
        # The first message opens the connection.
        us_per_check(dispatcher, 10, 1000)
        return {rate: us_per_check(dispatcher, checks, rate) for rate in rates}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=_CHECKS)
    parser.add_argument("--rates", type=float, nargs="+", default=_RATES)
    options = parser.parse_args()
    ratios = compare(options.checks, options.rates)
    print_table(ratios)
    for each in ratios:
        within = "within" if each.value <= _ALLOWED else "above"
        print(f"{each.what}: {100 * each.value:.2f} %, {within} the {100 * _ALLOWED:.0f} % allowed")


if __name__ == "__main__":
    main()
