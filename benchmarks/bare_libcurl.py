"""The floor: the same transfers by a minimal libcurl loop, with nothing of a check around them."""

import select
import time
from contextlib import suppress

import pycurl

from probes.curl.key_exchange import FEW_GROUPS


def bare_libcurl_us_per_check(
    url: str, seconds: float, *, rate: float = 1000, cafile: str | None = None
) -> float:
    """Return the CPU microseconds that a minimal multi loop on epoll takes for each transfer."""
    return _BareLoop(url, cafile).run(seconds, rate)


class _BareLoop:
    def __init__(self, url: str, cafile: str | None) -> None:
        self._epoll = select.epoll()
        self._wanted_at: float | None = None
        self._known: set[int] = set()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._free = [_bare_handle(url, cafile) for _ in range(2000)]
        self._busy = 0
        self._done = 0

    def run(self, seconds: float, rate: float) -> float:
        started, cpu = time.monotonic(), time.process_time()
        sent = 0
        while (elapsed := time.monotonic() - started) < seconds or self._busy:
            while elapsed < seconds and sent < elapsed * rate and self._free:
                sent += 1
                self._busy += 1
                self._multi.add_handle(self._free.pop())
            self._turn()
        return (time.process_time() - cpu) / self._done * 1e6

    def _turn(self) -> None:
        wait = 0.01
        if self._wanted_at is not None:
            wait = max(0.0, min(wait, self._wanted_at - time.monotonic()))
        for descriptor, event in self._epoll.poll(wait, 128):
            readable = event & ~select.EPOLLOUT != 0
            self._multi.socket_action(descriptor, readable | (event & select.EPOLLOUT and 2))
        if self._wanted_at is not None and time.monotonic() >= self._wanted_at:
            self._wanted_at = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        more = 1
        while more:
            more, well, badly = self._multi.info_read()
            if badly:
                raise RuntimeError(f"A transfer failed: {badly[0][1:]}")
            for curl in well:
                self._multi.remove_handle(curl)
                self._free.append(curl)
                self._busy -= 1
                self._done += 1

    def _watch(self, what: int, descriptor: int, _multi: object, _data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            self._known.discard(descriptor)
            with suppress(OSError):
                self._epoll.unregister(descriptor)
        elif descriptor in self._known:
            self._epoll.modify(descriptor, _mask(what))
        else:
            self._known.add(descriptor)
            self._epoll.register(descriptor, _mask(what))

    def _set_timer(self, milliseconds: int) -> None:
        self._wanted_at = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


def _mask(what: int) -> int:
    return (what & pycurl.POLL_IN and select.EPOLLIN) | (what & pycurl.POLL_OUT and select.EPOLLOUT)


def _bare_handle(url: str, cafile: str | None) -> pycurl.Curl:
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.FRESH_CONNECT, 1)
    curl.setopt(pycurl.FORBID_REUSE, 1)
    curl.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
    curl.setopt(pycurl.WRITEFUNCTION, len)
    if cafile:
        curl.setopt(pycurl.CAINFO, cafile)
        curl.setopt(pycurl.SSL_EC_CURVES, FEW_GROUPS)
    return curl
