"""A site in a process of its own, so that its cost is not counted with that of what is measured."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.site import ScriptedSite


@contextmanager
def site_process() -> Iterator[str]:
    """Start a site that answers 200 to everything; give its URL."""
    command = [sys.executable, "-m", "benchmarks.site"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with ScriptedSite() as site:
        print(site.url, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
