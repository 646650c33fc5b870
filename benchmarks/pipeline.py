"""CPU per check over the whole pipeline, how late checks begin, and what a second worker changes.

    python -m benchmarks.pipeline [--rate 1000] [--seconds 30] [--workers 1 2]

The stack is the one that users run. Monitors of a local site are checked at a steady rate; the
processor time of everything that takes part is divided by the rows that were written.
"""

import argparse
from collections.abc import Sequence

from benchmarks.bare_libcurl import bare_libcurl_us_per_check
from benchmarks.ratios import Ratio, print_table
from benchmarks.site import site_process
from benchmarks.steady import Load, open_directory, run

INTERVAL = 5


def compare(rate: int = 1000, seconds: float = 30, workers: Sequence[int] = (1, 2)) -> list[Ratio]:
    """Run with each number of check workers."""
    with open_directory() as directory, site_process(directory) as site:
        bare = bare_libcurl_us_per_check(site.url, 5)
    costs = [_cost(rate, seconds, count) for count in workers]
    ratios = [Ratio(f"pipeline at {rate}/s, beside bare libcurl", costs[0], bare)]
    for count, cost in zip(workers[1:], costs[1:], strict=True):
        ratios.append(Ratio(f"{count} check workers, beside {workers[0]}", cost, costs[0]))
    return ratios


def _cost(rate: int, seconds: float, workers: int) -> float:
    load = Load(monitors=rate * INTERVAL, interval=INTERVAL, seconds=seconds, workers=workers)
    with open_directory() as directory, site_process(directory) as site:
        done = run(directory / "stack", site, load)
    done.print()
    return done.cost.microseconds_per_check


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=1000, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="check workers")
    options = parser.parse_args()
    print_table(compare(options.rate, options.seconds, options.workers))


if __name__ == "__main__":
    main()
