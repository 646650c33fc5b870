"""A gunicorn worker whose threads never wait for a client.

The main thread receives requests, byte by byte if necessary, and passes each complete one to a
thread. It also sends the rest of an answer that the client does not accept at once. So a slow
client occupies only its own connection, and that for a limited time.
"""

import errno
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from socket import MSG_PEEK, SHUT_WR
from typing import Any, ClassVar

import structlog
from gunicorn.errors import ConfigError
from gunicorn.workers.gthread import ThreadWorker

from server.serving.answer import answer
from server.serving.arrival import Incoming
from server.serving.clients import Clients
from server.serving.connection import Connection
from server.serving.limits import MOST_DRAINED, MOST_HELD, MUCH, SECONDS, Wait
from server.serving.outgoing import ClientGone, keep_little_unsent
from server.serving.refusals import NO_ROOM, REFUSED, TooSlow, refusal
from server.serving.threads import ServingThreads, is_urgent

_AT_ONCE = 64 * 1024
_ANOTHER_WAS_FASTER = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

log = structlog.get_logger(__name__)


class Worker(ThreadWorker):
    """Uses the loop, the pool and the signals of gunicorn, without request hooks or an access log.

    All reading and closing of sockets happens on the main thread, without blocking. While a thread
    serves a connection, only that thread uses it.
    """

    seconds: ClassVar = SECONDS
    most_held: ClassVar = MOST_HELD
    alive: bool

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:  # noqa: ANN401 - gunicorn's
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise ConfigError("This worker does not speak TLS. Terminate TLS in a proxy.")

    @property
    def nr_conns(self) -> int:
        """The number of connections, for gunicorn's loop."""
        return self._clients.count

    @nr_conns.setter
    def nr_conns(self, _count: int) -> None:
        """Ignore the value, which gunicorn only sets to 0."""

    def run(self) -> None:
        self._clients = Clients(
            self.poller,
            self._ready,
            seconds={Wait.IDLE: self.cfg.keepalive, **self.seconds},
            places=self.worker_connections,
            most_held=self.most_held,
        )
        for listener in self.sockets:
            keep_little_unsent(listener.sock)
        super().run()

    def get_thread_pool(self) -> ServingThreads:
        return ServingThreads(self.cfg.threads)

    def enqueue_req(self, connection: Connection) -> None:
        """Continue an answer in a thread. Urgent requests use a reserved one."""
        submit = self.tpool.submit_urgent if connection.is_urgent else self.tpool.submit
        submit(self.handle, connection).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, connection, done)
        )

    def accept(self, listener: Any) -> None:  # noqa: ANN401 - gunicorn's
        """Accept a connection, and receive what its client has already sent."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in _ANOTHER_WAS_FASTER:
                # No file descriptors are left. Closing one connection makes room for the next.
                self._shed(self._clients.first_to_go())
            return
        connection = Connection.of(sock, client, listener.getsockname(), self.cfg)
        self._clients.enter(connection)
        self._attempt(self._receive, connection)

    def handle(self, connection: Connection) -> bool:
        """Continue an answer in a thread. Return whether its client is still connected."""
        if connection.answer is None:
            return False
        try:
            next(connection.answer)
        except StopIteration as end:
            connection.answer, connection.stays_open = None, end.value
        except ClientGone:
            connection.answer = None
            return False
        except Exception as error:  # noqa: BLE001 - whatever an application raises
            connection.answer = None
            return _answer_instead(connection, error)
        return True

    def finish_request(self, connection: Connection, future: Future[bool]) -> None:
        """Take a connection back from its thread."""
        is_there = future.exception() is None and future.result()
        self._attempt(self._go_on if is_there else self._drop, connection)

    def murder_pending(self) -> None:
        """End overdue connections. Gunicorn's loop calls this at least once a second."""
        for connection in self._clients.overdue():
            self._attempt(self._give_up, connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """Before the process stops, wait only for requests that may be on their way."""
        self._clients.hasten(deadline - time.monotonic())

    def _attempt(self, step: Callable[[Connection], None], connection: Connection) -> None:
        """Run a step for a connection. An error ends only that connection."""
        try:
            step(connection)
        except (OSError, ClientGone):
            self._drop(connection)
        except Exception as error:  # noqa: BLE001 - the process goes on
            # A message could repeat received data.
            log.error("connection_failed", error=type(error).__name__)  # noqa: TRY400
            self._drop(connection)
        while chosen := self._clients.one_too_many():
            self._shed(chosen)

    def _ready(self, connection: Connection) -> None:
        """Continue with a connection for which the poller reports an event."""
        match connection.wait:
            case Wait.ANSWER:
                self._attempt(self._send, connection)
            case Wait.CLOSING:
                self._attempt(self._drain, connection)
            case _:
                self._attempt(self._receive, connection)

    def _receive(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(min(connection.arrival.wanted, _AT_ONCE))
        except BlockingIOError:
            self._clients.wait(connection, connection.wait or Wait.HEAD)
            return
        if not data:
            # A client that closed inside a request expects no answer.
            self._drop(connection)
            return
        connection.arrival.add(data)
        self._clients.weigh(connection)
        self._proceed(connection)

    def _proceed(self, connection: Connection) -> None:
        """Pass on a complete request, or wait for the rest."""
        arrival = connection.arrival
        try:
            request = arrival.whole()
        except REFUSED as error:
            self._refuse(connection, error)
            return
        if request is not None:
            self._serve(connection, request)
        elif arrival.request is not None:
            if arrival.request.takes_continue():
                connection.outgoing.sendall(_CONTINUE)
                connection.outgoing.flush()
            self._clients.wait(connection, Wait.BODY)
        else:
            self._clients.wait(connection, Wait.HEAD if arrival.size else Wait.IDLE)

    def _serve(self, connection: Connection, request: Incoming) -> None:
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        is_last = not (self.alive and self.cfg.keepalive)
        connection.outgoing.sent = 0
        connection.is_urgent = is_urgent(request.path)
        connection.answer = answer(self.wsgi, request, connection, self.cfg, is_last=is_last)
        self._hand_over(connection)

    def _hand_over(self, connection: Connection) -> None:
        self._clients.serve(connection)
        self.enqueue_req(connection)

    def _go_on(self, connection: Connection) -> None:
        """Continue after a step of an answer."""
        self._clients.weigh(connection)
        if connection.outgoing.size:
            connection.sent = connection.outgoing.sent
            self._clients.wait(connection, Wait.ANSWER)
        elif connection.answer is not None:
            self._hand_over(connection)
        elif connection.stays_open:
            self._proceed(connection)
        elif _has_sent_more(connection):
            self._close_softly(connection)
        else:
            self._drop(connection)

    def _send(self, connection: Connection) -> None:
        outgoing = connection.outgoing
        outgoing.flush()
        if not outgoing.size:
            self._go_on(connection)
            return
        self._clients.weigh(connection)
        if outgoing.sent - connection.sent >= MUCH:
            connection.sent = outgoing.sent
            self._clients.wait_again(connection)

    def _refuse(self, connection: Connection, error: Exception) -> None:
        connection.outgoing.sendall(refusal(error))
        connection.outgoing.flush()
        self._close_softly(connection)

    def _close_softly(self, connection: Connection) -> None:
        """Wait for the client to close as well.

        A client that still sends would lose the answer (RFC 9112, 9.6).
        """
        connection.arrival.forget()
        self._clients.weigh(connection)
        connection.sock.shutdown(SHUT_WR)
        self._clients.wait(connection, Wait.CLOSING)

    def _drain(self, connection: Connection) -> None:
        data = connection.sock.recv(_AT_ONCE)
        connection.drained += len(data)
        if not data or connection.drained > MOST_DRAINED:
            self._drop(connection)

    def _give_up(self, connection: Connection) -> None:
        if connection.wait is Wait.ANSWER:
            log.warning("answer_not_taken", sent=connection.outgoing.sent)
        if connection.wait in (Wait.HEAD, Wait.BODY) and connection.is_unfinished:
            self._refuse(connection, TooSlow())
        else:
            self._drop(connection)

    def _shed(self, connection: Connection | None) -> None:
        """Close a connection to make room for others."""
        if connection is None:
            return
        self._clients.note_shed()
        if connection.is_unfinished:
            with suppress(ClientGone):
                connection.outgoing.sendall(NO_ROOM)
                connection.outgoing.flush()
        self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        if connection.sock.fileno() < 0:
            return
        self._clients.leave(connection)
        if connection.answer is not None:
            # Code of the application runs only in threads.
            self.tpool.submit(connection.answer.close)


def _answer_instead(connection: Connection, error: Exception) -> bool:
    """Send an error, unless the answer has begun. Return whether it was sent."""
    if connection.outgoing.sent or connection.outgoing.size:
        log.error("answer_broken", exc_info=error)
        return False
    connection.stays_open = False
    with suppress(ClientGone):
        connection.outgoing.sendall(refusal(error))
        connection.outgoing.flush()
    return True


def _has_sent_more(connection: Connection) -> bool:
    """Return whether the client sent data that nobody will read."""
    try:
        return bool(connection.arrival.size or connection.sock.recv(1, MSG_PEEK))
    except BlockingIOError:
        return False
