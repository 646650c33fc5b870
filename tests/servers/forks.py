"""Our processes as forks of one that has imported what they share, as in `make run`.

To import it takes 2 s of CPU, and a fork 0.1 s. Whatever is said about what a process imports, or
of how it fails to, needs a process of its own instead.
"""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

from devstack import environment
from devstack.forking import ForkServer, is_possible
from devstack.program import Program


class Fork:
    """A process that ends with the tests, used like a `subprocess.Popen`; `log` has what it says."""

    def __init__(self, program: Program) -> None:
        self.returncode: int | None = None
        self._log = program.log.open("wb")
        self._child = forked(program).spawn()
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name=f"watch-{program.name}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._child.pid

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, seconds: float = 60) -> int:
        """Return how it ended, or raise `TimeoutError`."""
        if not self._ended.wait(seconds) or self.returncode is None:
            raise TimeoutError
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def end(self, seconds: float) -> None:
        """Ask it to end, which it may have done, and kill it if it takes longer."""
        self.terminate()
        try:
            self.wait(seconds)
        except TimeoutError:
            self.kill()
            self._ended.wait()

    def _watch(self) -> None:
        relay = threading.Thread(target=self._relay, daemon=True)
        relay.start()
        status = self._child.wait()
        with suppress(ProcessLookupError):
            # What it started would keep its output open.
            os.killpg(self._child.pid, signal.SIGKILL)
        relay.join()
        self.returncode = status
        self._ended.set()

    def _relay(self) -> None:
        with self._child, self._log:
            for line in self._child.stdout or ():
                self._log.write(line)
                self._log.flush()


def celery(
    *words: str, log: Path, name: str = "celery", settings: Mapping[str, str] | None = None
) -> Fork:
    """Start `celery` with these words, and with these settings beside those of the tests."""
    command = [str(Path(sys.executable).with_name("celery")), *words]
    return Fork(Program(name, command, os.environ | dict(settings or {}), log))


_running = ExitStack()
"""Ends the fork server."""


@cache
def _server() -> ForkServer:
    directory = Path(_running.enter_context(tempfile.TemporaryDirectory(prefix="forks-")))
    plain = environment.without_settings(os.environ) | {"PYTHONUNBUFFERED": "1"}
    server = ForkServer(plain, directory / "log")
    server.start()
    _running.callback(server.stop)
    return server


def forked(program: Program) -> Program:
    """Return a program of Python as one that starts as a fork, where that is possible."""
    return _server().forked(program) if is_possible() else program


def stop() -> None:
    """End the fork server, if any test needed it."""
    _running.close()
    _server.cache_clear()
