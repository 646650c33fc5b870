"""Keeps one program running: restarts it whenever it ends, until `stop`."""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler

from devstack.program import Child, Program

# Called with the name of a process and one line of its output.
Report = Callable[[str, str], None]
# The name under which the keeper itself reports.
KEEPER = "stack"

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_SETTLED_SECONDS = 10.0
_FAILING_AFTER = 4
_LOG_BYTES = 5_000_000


def silent(name: str, line: str) -> None:
    """Report nothing."""


class Process:
    def __init__(self, program: Program, report: Report = silent) -> None:
        self.program = program
        self.name = program.name
        # How often in a row the process ended before it had settled.
        self.failures = 0
        self._report = report
        self._popen: Child | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()
        self._spawned = threading.Event()
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """The id of the current process, or of the last one."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started.")
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.returncode is None

    @property
    def kept(self) -> bool:
        """Tell whether it is started again when it ends."""
        return self._keeper is not None and not self._stopping.is_set()

    @property
    def failing(self) -> bool:
        return self.failures >= _FAILING_AFTER

    def start(self) -> None:
        """Start the process and return when it exists; a running process stays unchanged."""
        if self._keeper and self._keeper.is_alive():
            return
        self.failures = 0
        self._stopping.clear()
        self._spawned.clear()
        self._keeper = threading.Thread(target=self._keep, name=f"keep-{self.name}", daemon=True)
        self._keeper.start()
        self._spawned.wait()

    def stop(self, number: signal.Signals | None = None) -> None:
        self.ask_to_stop(number)
        self.join()

    def kill(self) -> None:
        """End the process without warning, and do not restart it."""
        self.stop(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        if self._popen is not None:
            self._popen.send_signal(number)

    def ask_to_stop(self, number: signal.Signals | None = None) -> None:
        with self._lock:
            self._stopping.set()
            if self._popen is not None and self._popen.poll() is None:
                self._popen.send_signal(number or self.program.stop_signal)
                # A process stopped with SIGSTOP would not receive the request.
                self._popen.send_signal(signal.SIGCONT)

    def join(self, seconds: float | None = None) -> None:
        """Wait for the requested end; kill the process if it takes too long."""
        if self._keeper is None:
            return
        self._keeper.join(self.program.stop_seconds if seconds is None else seconds)
        if self._keeper.is_alive() and self._popen is not None:
            self._say("takes too long to stop: killed")
            self._popen.kill()
            self._keeper.join()

    def _keep(self) -> None:
        try:
            with contextlib.closing(self._open_log()) as log:
                while (popen := self._spawn()) is not None:
                    self._spawned.set()
                    self._watch(popen, log)
        finally:
            # Also if the process could not be spawned, because `start` waits.
            self._spawned.set()

    def _watch(self, popen: Child, log: logging.Handler) -> None:
        began = time.monotonic()
        relay = threading.Thread(target=self._relay, args=(popen, log), daemon=True)
        relay.start()
        status = popen.wait()
        _kill_rest(popen.pid)
        relay.join()
        if not self._stopping.is_set():
            self._pause(status, time.monotonic() - began)

    def _say(self, text: str) -> None:
        self._report(KEEPER, f"{self.name} {text}")

    def _spawn(self) -> Child | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            self._popen = self.program.spawn()
            self._say(f"is process {self._popen.pid}")
            return self._popen

    def _pause(self, status: int, lived_seconds: float) -> None:
        self.failures = 0 if lived_seconds > _SETTLED_SECONDS else self.failures + 1
        pause = min(_FIRST_PAUSE_SECONDS * 2**self.failures, _LONGEST_PAUSE_SECONDS)
        again = (
            f"keeps failing, see {self.program.log}; next try" if self.failing else "starts again"
        )
        self._say(f"ended ({_in_words(status)}): {again} in {pause:.1f} s")
        self._stopping.wait(pause)

    def _relay(self, popen: Child, log: logging.Handler) -> None:
        with popen:
            for line in popen.stdout or ():
                text = line.decode(errors="replace").rstrip("\n")
                log.emit(logging.makeLogRecord({"msg": text}))
                self._report(self.name, text)

    def _open_log(self) -> logging.Handler:
        self.program.log.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(self.program.log, maxBytes=_LOG_BYTES, backupCount=1)


def _kill_rest(group: int) -> None:
    """Kill children that outlived their parent: they hold its port and its output."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _in_words(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
