"""Run the benchmarks of a check, and put their ratios into one table: `make bench`, some ten minutes.

`benchmarks.hundred_thousand` takes longer and is run by itself.
"""

from benchmarks import (
    detection,
    fairness,
    memory,
    pipeline,
    probe_engine,
    prometheus,
    signing,
    task_events,
)
from benchmarks.ratios import print_table


def main() -> None:
    ratios = [
        *signing.compare(),
        *probe_engine.compare(),
        *task_events.compare(),
        *probe_engine.compare(rate=500, tls=True),
        *fairness.compare(),
        *memory.compare(),
        *detection.compare(),
        *pipeline.compare(),
        *prometheus.compare(),
    ]
    print_table(ratios)


if __name__ == "__main__":
    main()
