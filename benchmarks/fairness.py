"""What targets that hang cost the others: 20 % of them, each waiting to its timeout.

    python -m benchmarks.fairness [--seconds 10] [--rate 400]

The same good checks are offered at the same rate three times: alone, beside hanging ones with the
limits of a worker, and beside them without limits. The figures to watch are the ratios.
"""

import argparse
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle

from benchmarks.ratios import Ratio, print_table
from benchmarks.site import site_process
from benchmarks.steady import open_directory
from probes.base import ProbeResult, Target
from probes.boottime import boottime
from probes.engine.engine import Engine
from probes.engine.fair_queue import NO_LIMITS, Limits
from probes.kinds.http import HttpSettings
from security.egress.guard import EgressPolicy

CAPACITY = 250
HOSTS_THAT_HANG = 50
TIMEOUT = 5.0
WARM_UP_SECONDS = TIMEOUT + 1
LIMITS = Limits(per_host=20, organization_share=0.5, slow_share=0.5)


class _Run:
    """One engine under load. Good checks are of one organization, hanging ones of another."""

    def __init__(self, good: str, hanging: list[str], limits: Limits) -> None:
        self._good = _target(good, organization=1)
        self._hanging = cycle([_target(url, organization=2) for url in hanging])
        self._has_hanging = bool(hanging)
        self._waits: list[float] = []
        self._counts_from = float("inf")
        self._engine = Engine(CAPACITY, EgressPolicy("any"), self._take, limits=limits)

    def measure(self, rate: float, seconds: float) -> tuple[float, float]:
        """Return the good checks per second, and the 99th percentile of their time in seconds."""
        self._engine.start()
        began = time.monotonic()
        self._counts_from = began + WARM_UP_SECONDS
        ends = self._counts_from + seconds
        sent = 0
        while (now := time.monotonic()) < ends:
            while sent < (now - began) * rate:
                sent += 1
                self._submit(sent)
            time.sleep(0.005)
        self._counts_from = float("inf")
        done = sorted(self._waits)
        self._engine.stop(0)
        return len(done) / seconds, done[int(len(done) * 0.99)] if done else float("inf")

    def _submit(self, number: int) -> None:
        now = time.monotonic()
        self._engine.submit(("good", now), self._good)
        if self._has_hanging and number % 4 == 0:
            self._engine.submit(("hangs", now), next(self._hanging), start_before=boottime() + 10)

    def _take(self, key: object, _result: ProbeResult) -> None:
        now = time.monotonic()
        if isinstance(key, tuple) and key[0] == "good" and now >= self._counts_from:
            self._waits.append(now - key[1])


def _target(url: str, *, organization: int) -> Target:
    return Target(
        kind="http",
        url=url,
        timeout_seconds=TIMEOUT,
        latency_threshold_ms=None,
        settings=HttpSettings(),
        organization=organization,
    )


@contextmanager
def _hosts_that_hang() -> Iterator[list[str]]:
    """Listen without ever accepting: connections are established, and nothing comes."""
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=4096))
            for _ in range(HOSTS_THAT_HANG)
        ]
        yield [f"http://127.0.0.1:{each.getsockname()[1]}/" for each in listeners]


def compare(seconds: float = 10, rate: float = 400) -> list[Ratio]:
    with (
        open_directory() as directory,
        site_process(directory) as site,
        _hosts_that_hang() as hanging,
    ):
        good = f"{site.url}/"
        alone = _Run(good, [], LIMITS).measure(rate, seconds)
        fair = _Run(good, hanging, LIMITS).measure(rate, seconds)
        unfair = _Run(good, hanging, NO_LIMITS).measure(rate, seconds)
    print(f"\ngood checks alone               {alone[0]:6.0f}/s, p99 {alone[1] * 1000:7.0f} ms")
    for name, (done, p99) in (("with limits", fair), ("without limits", unfair)):
        print(f"20 % hanging, {name:<17} {done:6.0f}/s, p99 {p99 * 1000:7.0f} ms", flush=True)
    return [
        Ratio("good checks beside 20 % that hang, and alone", fair[0], alone[0], "/s"),
        Ratio("the same without limits", unfair[0], alone[0], "/s"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=400, help="good checks a second")
    options = parser.parse_args()
    print_table(compare(options.seconds, options.rate))


if __name__ == "__main__":
    main()
