"""CPU per check over the whole pipeline, and how many times the bare libcurl loop that is.

The stack is the one that users run. Monitors of a local site are checked at a steady rate; the
processor time of everything that takes part is divided by the rows that were written.
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.probe_engine import bare_libcurl_us_per_check
from benchmarks.site import site_process
from benchmarks.watching import ALONE, Cost, measure, watch
from devstack.stack import Stack
from models.session import make_engine

INTERVAL = 5
WARM_UP_SECONDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500, help="checks per second")
    parser.add_argument("--seconds", type=int, default=30)
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        with site_process(directory) as site:
            bare = bare_libcurl_us_per_check(site.url, 5)
            cost = pipeline_cost(directory / "stack", site.url, options.rate, options.seconds)
    cost.print()
    print(f"  {'bare libcurl loop':<20} {bare:7.1f} us per check")
    print(f"  the pipeline is {cost.microseconds_per_check / bare:.1f} times the bare loop")


def pipeline_cost(directory: Path, url: str, rate: int, seconds: float, **values: object) -> Cost:
    """Measure a fresh stack that checks `url` so many times a second."""
    with Stack(directory, counts=ALONE) as stack:
        engine = make_engine(stack.environment["DATABASE_URL"])
        watch(engine, url, rate * INTERVAL, INTERVAL, **values)
        time.sleep(WARM_UP_SECONDS)
        cost = measure(stack, engine, seconds)
        engine.dispose()
    return cost


if __name__ == "__main__":
    main()
