"""What the stack of `make run` takes of memory, by process, beside what it may take.

    python -m benchmarks.memory [--seconds 90]

It is started as a user starts it, with the demo and its monitors. A shared page counts in equal
parts for the processes that share it (PSS), so the sum is what the machine lacks.
"""

import argparse
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ratios import Ratio, print_table
from benchmarks.steady import open_directory
from benchmarks.usage import memory_by_name

MOST_MIB = 700
"""What all processes together may take."""
_SECONDS = 90
"""Until each sweep of a minute or less ran, and the demo's site was down once at least."""
_STARTED = re.compile(r"(\S+) is process (\d+)")
_GREETS_WITH = "First login"
_MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=_SECONDS)
    print_table(compare(parser.parse_args().seconds))


def compare(seconds: int = _SECONDS) -> list[Ratio]:
    """Measure, print each process, and return the sum beside what it may be."""
    with open_directory() as directory, _run(directory) as pids:
        time.sleep(seconds)
        taken = {name: each / _MIB for name, each in memory_by_name(pids).items()}
    _print(taken)
    return [Ratio("memory of `make run`", sum(taken.values()), MOST_MIB, "MiB")]


@contextmanager
def _run(directory: Path) -> Iterator[Mapping[str, int]]:
    """Run the stack, and give the ids of its processes by their names once it is ready."""
    command = [sys.executable, "-m", "cli.main", "run", "--directory", str(directory / "var")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield {"supervisor": process.pid} | _started(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def _started(process: subprocess.Popen[str]) -> dict[str, int]:
    """Read what it says until it greets."""
    pids: dict[str, int] = {}
    for line in process.stdout or ():
        if found := _STARTED.search(line):
            pids[found[1]] = int(found[2])
        if _GREETS_WITH in line:
            return pids
    raise SystemExit("The stack did not start.")


def _print(taken: Mapping[str, float]) -> None:
    print()
    for name, mib in sorted(taken.items(), key=lambda each: -each[1]):
        print(f"  {name:<24} {mib:6.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
