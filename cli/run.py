"""Run the whole system on this machine, with embedded servers for those not given.

DATABASE_URL, REDIS_URL and SMTP_URL name servers to use instead of the embedded ones. DEMO=0 leaves
out the demo organization. PORT is where the API listens if it is free. Without it, the API listens
on its last port, or on 8000.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from cli import banner
from cli.console import Console
from devstack import environment, ports
from devstack.errors import NotReadyError
from devstack.lock import HeldError
from devstack.stack import Stack

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime run", description=__doc__)
    parser.add_argument(
        "--directory", type=Path, default=Path("var"), help="where all data is kept"
    )
    arguments = parser.parse_args(argv)
    variables = os.environ  # noqa: TID251 - PORT and DEMO are for this command alone
    with_demo = variables.get("DEMO", "1") != "0"
    try:
        wanted = _wanted(variables.get("PORT", ""))
    except ValueError:
        print(f"PORT must be a number from 1 to {ports.VALID[-1]}.", file=sys.stderr)
        return 1
    console = Console()
    stack = Stack(
        arguments.directory,
        counts={"demo-site": int(with_demo)},
        settings=environment.given(),
        preferred_ports=ports.Preferred(ports.USUAL, wanted),
        report=console,
    )
    _on_stop_signals(stack)
    try:
        _start(stack, console, with_demo=with_demo)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print("Stopping …", flush=True)
        return 0
    except (HeldError, NotReadyError, PermissionError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stack.stop()


def _wanted(port: str) -> dict[str, int]:
    """Parse PORT, or raise `ValueError` if it is no port."""
    if not port:
        return {}
    if int(port) not in ports.VALID:
        raise ValueError
    return {"api": int(port)}


def _start(stack: Stack, console: Console, *, with_demo: bool) -> None:
    stack.start()
    if with_demo:
        stack.run(["downtime", "demo", "--site", stack.address("demo-site")])
    stack.wait_ready()
    print(banner.text(stack, with_demo=with_demo), flush=True)
    console.open()


def _on_stop_signals(stack: Stack) -> None:
    """Make the first signal end the run, and any further one speed up the stop."""

    def hurry(number: int, frame: FrameType | None) -> None:
        del number, frame
        stack.hurry()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        for each in _STOP_SIGNALS:
            signal.signal(each, hurry)
        raise KeyboardInterrupt

    for each in _STOP_SIGNALS:
        signal.signal(each, stop)
