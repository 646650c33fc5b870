"""Watch 100,000 monitors a minute on one machine: is each due check recorded, and how late.

python -m benchmarks.hundred_thousand [--monitors 100000] [--seconds 300] [--workers 1]
"""

import argparse

from benchmarks.ratios import Ratio, print_table
from benchmarks.site import site_process
from benchmarks.steady import Load, open_directory, run

INTERVAL = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--workers", type=int, default=1, help="check workers")
    options = parser.parse_args()
    small = _cost(1000, 60, options.workers)
    large = _cost(options.monitors, options.seconds, options.workers)
    print_table(
        [Ratio(f"a check of {options.monitors} monitors, beside one of 1000", large, small)]
    )


def _cost(count: int, seconds: int, workers: int) -> float:
    load = Load(monitors=count, interval=INTERVAL, seconds=seconds, workers=workers)
    with open_directory() as directory, site_process(directory) as site:
        print(f"making {count} monitors …", flush=True)
        done = run(directory / "stack", site, load)
    done.print()
    return done.cost.microseconds_per_check


if __name__ == "__main__":
    main()
