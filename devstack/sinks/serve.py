"""How a sink is run as a process: its options, and an end by signal."""

import signal
from argparse import ArgumentParser
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from config.settings import load


def parser(program: str, *, port: int) -> ArgumentParser:
    options = ArgumentParser(prog=f"python -m {program}")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=port)
    options.add_argument("--directory", type=Path, help="default: below DOWNTIME_VAR_DIR")
    return options


def directory_of(given: Path | None, name: str) -> Path:
    return given or load().var_dir / "inbox" / name


def serve(*sinks: AbstractContextManager[object]) -> None:
    """Run them until the process is asked to end."""
    ends = {signal.SIGINT, signal.SIGTERM}
    # Threads inherit the mask, so that the signal waits for this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with ExitStack() as running:
        for sink in sinks:
            running.enter_context(sink)
        signal.sigwait(ends)
