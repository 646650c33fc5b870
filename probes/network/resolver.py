"""Looks up names in threads, and distinguishes a failing name from a failing resolver.

libcurl's own resolver has 20 threads and one queue. There, 20 names with hanging servers delay
every other check until it looks down. Here each pending name has a thread, up to a limit. A name is
looked up once for all checks that wait for it, and a lookup without an answer is reported as such.
"""

import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any

Lookup = Callable[[str], Sequence[str]]
"""Returns the addresses of a name, or raises `socket.gaierror`."""

CANARY = "name-that-does-not-exist.invalid."
"""Every working resolver answers at once that this name does not exist (RFC 6761)."""

_NO_SUCH_NAME = frozenset(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
    if hasattr(socket, name)
)
_NAME_SERVERS_FAIL = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL})
_IDLE_SECONDS = 30
_MOST_THREADS = 250


class Finding(Enum):
    FOUND = auto()
    NO_SUCH_NAME = auto()
    NAME_SERVERS_FAIL = auto()
    NO_ROUTE = auto()
    RESOLVER_FAILS = auto()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result of one lookup.

    Only `NO_SUCH_NAME` and `NAME_SERVERS_FAIL` are the name's fault.
    """

    host: str
    finding: Finding
    addresses: tuple[str, ...] = ()
    without_route: tuple[str, ...] = ()


class Resolver:
    """`ask` and `answers` are for one thread; others call `wake` when there are answers."""

    def __init__(
        self, wake: Callable[[], None], lookup: Lookup, *, most_threads: int = _MOST_THREADS
    ) -> None:
        self._wake = wake
        self._lookup = lookup
        self._most_threads = most_threads
        self._questions: SimpleQueue[str] = SimpleQueue()
        self._answers: deque[Resolution] = deque()
        self._asked: set[str] = set()
        self._threads = 0
        self._open_questions = 0
        self._lock = Lock()
        self.heard_at = float("-inf")
        """When our resolver last proved that it works, whatever the name was."""

    def ask(self, host: str) -> None:
        """Look up the name, unless a lookup of it is pending; `answers` returns the result."""
        if host in self._asked:
            return
        self._asked.add(host)
        with self._lock:
            self._open_questions += 1
            self._questions.put(host)
            if self._threads < min(self._open_questions, self._most_threads):
                # Without a new thread, the question waits for an existing one.
                with suppress(RuntimeError):
                    Thread(target=self._work, name="resolver", daemon=True).start()
                    self._threads += 1

    def answers(self) -> list[Resolution]:
        """Return the answers since the last call."""
        found = []
        while self._answers:
            answer = self._answers.popleft()
            self._asked.discard(answer.host)
            if answer.finding is not Finding.RESOLVER_FAILS:
                self.heard_at = monotonic()
            found.append(answer)
        return found

    def close(self) -> None:
        """End the threads; one that hangs in a lookup ends after it."""
        for _ in range(self._threads):
            self._questions.put("")

    def _work(self) -> None:
        while host := self._next():
            self._answers.append(self._find(host))
            with self._lock:
                self._open_questions -= 1
            self._wake()

    def _next(self) -> str | None:
        """Wait for a question, or return None if this thread is no longer needed."""
        while True:
            with suppress(Empty):
                return self._questions.get(timeout=_IDLE_SECONDS)
            with self._lock:
                # There must be a thread for each open question, or one might wait for ever.
                if self._threads > self._open_questions:
                    self._threads -= 1
                    return None

    def _find(self, host: str) -> Resolution:
        try:
            addresses = tuple(self._lookup(host))
        except socket.gaierror as error:
            return Resolution(host, self._why(error.errno))
        except (OSError, UnicodeError, MemoryError):
            return Resolution(host, Finding.RESOLVER_FAILS)
        usable = tuple(address for address in addresses if has_route(address))
        others = tuple(address for address in addresses if address not in usable)
        return Resolution(host, Finding.FOUND if usable else Finding.NO_ROUTE, usable, others)

    def _why(self, code: int | None) -> Finding:
        if code in _NO_SUCH_NAME:
            return Finding.NO_SUCH_NAME
        if code in _NAME_SERVERS_FAIL and self._answers_canary():
            return Finding.NAME_SERVERS_FAIL
        return Finding.RESOLVER_FAILS

    def _answers_canary(self) -> bool:
        try:
            self._lookup(CANARY)
        except socket.gaierror as error:
            return error.errno in _NO_SUCH_NAME
        except OSError:
            return False
        return True


def system_lookup(host: str) -> list[str]:
    """Ask the system: its hosts file and its name servers. The best address comes first."""
    found: list[tuple[Any, ...]] = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def has_route(address: str) -> bool:
    """Return whether this machine has a route to the address; nothing is sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((address, 9))
    except OSError:
        return False
    return True
