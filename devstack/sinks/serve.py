"""Runs a sink as a process: its options, and its end by a signal."""

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
    """Run the sinks until the process receives a signal to end."""
    ends = {signal.SIGINT, signal.SIGTERM}
    # Threads inherit the mask, so only this thread receives the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with ExitStack() as running:
        for sink in sinks:
            running.enter_context(sink)
        signal.sigwait(ends)
