"""A process that has imported what the others share, and forks each of them.

Memory that nobody changes after a fork exists once for all processes. This one has a single thread,
because little is safe after a fork of a process with threads. It never holds a secret: a process
receives its settings after the fork, over a socket that only it reads.

Requests come over the socket that is standard input. Each is one byte with two file descriptors: the
socket of the new process, and its output. `devstack/forking.py` is the other side.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from importlib import import_module
from types import FrameType

from sqlalchemy.orm import configure_mappers

from devstack import tether

SHARED = (
    "celery.apps.worker",
    "celery.beat",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "celery.worker.control",
    "models",
    "models.session",
    "notifiers.registry",
    "probes.registry",
    "services.alerting.sweep",
    "services.checks.dispatch",
    "services.credentials.test_runs",
    "services.heartbeats.sweep",
    "services.operations.health",
    "services.operations.retention",
    "services.relay.claims",
    "services.relay.outcomes",
    "tasks.app",
    "tasks.worker.failures",
    "tasks.worker.publisher",
    "tasks.worker.retry",
)
"""What at least two of the processes import, and nothing that registers a task."""


class Server:
    """Forks for each request, and reports how each process ended."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._connections: dict[int, socket.socket] = {}

    def serve(self) -> tuple[socket.socket, int]:
        """Serve forever. It returns in each new process only: with its socket and its output."""
        with ExitStack() as stack:
            woken, wake = (stack.enter_context(each) for each in socket.socketpair())
            for each in (woken, wake):
                each.settimeout(0)
            signal.set_wakeup_fd(wake.fileno())
            signal.signal(signal.SIGCHLD, _note)
            while True:
                ready, _, _ = select.select([self._requests, woken], [], [])
                if woken in ready:
                    woken.recv(4096)
                    self._report_ends()
                if self._requests in ready and (new := self._fork()) is not None:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    return new

    def _fork(self) -> tuple[socket.socket, int] | None:
        _, descriptors, _, _ = socket.recv_fds(self._requests, 1, 2)
        connection, output = socket.socket(fileno=descriptors[0]), descriptors[1]
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            # Too many processes, or too little memory; the supervisor asks again.
            connection.close()
            os.close(output)
            return None
        if pid == 0:
            tether.tie(server, signal.SIGKILL)
            self._forget()
            return connection, output
        os.close(output)
        self._connections[pid] = connection
        _send(connection, pid)
        return None

    def _report_ends(self) -> None:
        while self._connections:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._connections.pop(pid) as connection:
                _send(connection, os.waitstatus_to_exitcode(status))

    def _forget(self) -> None:
        """Close what belongs to the server and to the other processes."""
        for each in (self._requests, *self._connections.values()):
            each.close()
        self._connections.clear()


def become(connection: socket.socket, output: int) -> None:
    """Make this fork the program that the request names, and run it to its end."""
    with connection, connection.makefile("rb") as file:
        asked = file.read()
    if not asked:
        # Whoever asked waited too long, and started the program otherwise.
        sys.exit()
    request = json.loads(asked)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for standard, given in enumerate((nothing, output, output)):
        os.dup2(given, standard)
    os.close(nothing)
    os.close(output)
    os.environ.clear()  # noqa: TID251 - a process of its own
    os.environ.update(request["environment"])  # noqa: TID251 - see above
    _run(request["command"])


def _run(command: list[str]) -> None:
    if command[:2] == [sys.executable, "-m"]:
        sys.argv = command[2:]
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


def _send(connection: socket.socket, number: int) -> None:
    with suppress(OSError):
        connection.sendall(b"%d\n" % number)


def _note(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal also arrives at the socket that is selected."""
    del number, frame


def main() -> None:
    requests = socket.socket(fileno=os.dup(0))
    for name in SHARED:
        import_module(name)
    configure_mappers()
    gc.collect()
    # The collector would write to the pages of every object, and unshare them.
    gc.freeze()
    become(*Server(requests).serve())


if __name__ == "__main__":
    main()
