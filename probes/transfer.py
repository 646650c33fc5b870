"""One libcurl handle, used for one request after another."""

import pycurl

from probes.base import Timings
from probes.curl_trouble import Ending, trouble_of
from probes.exchange import BODY_CAP, Request, Response, Trouble
from probes.trouble import blocked, ours
from security.egress import Gate, Policy

_USER_AGENT = "DowntimeMonitor/0.1"
# An address is pinned for the request that it was looked up for, not for others to come.
_DNS_CACHE_SECONDS = 2


class Transfer:
    """Turns a `Request` into options of libcurl, and what libcurl found into a `Response`."""

    def __init__(self, policy: Policy, cafile: str) -> None:
        self.curl = pycurl.Curl()
        self._cafile = cafile
        self._gate = Gate(policy)
        self._body = bytearray()
        self._size = 0
        self._keep = False
        self._truncated = False
        self._port = 0

    def prepare(self, request: Request, addresses: tuple[str, ...], seconds: float) -> None:
        """Set everything for one request; nothing of an earlier one is left."""
        self._gate.forget()
        self._body.clear()
        self._size = 0
        self._keep = request.keep_body
        self._truncated = False
        self._port = request.url.port
        self.curl.reset()
        self._set_safety(request.verify_tls)
        self._set_request(request, addresses)
        self.curl.setopt(pycurl.TIMEOUT_MS, max(1, round(seconds * 1000)))
        self.curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, round(seconds * 1000)))

    def _set_safety(self, verify_tls: bool) -> None:  # noqa: FBT001 - the one thing that varies
        setopt = self.curl.setopt
        setopt(pycurl.NOSIGNAL, 1)
        # A check pays for its own connection and handshake, and shares them with nobody.
        setopt(pycurl.FRESH_CONNECT, 1)
        setopt(pycurl.FORBID_REUSE, 1)
        setopt(pycurl.SSL_SESSIONID_CACHE, 0)
        setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        setopt(pycurl.FOLLOWLOCATION, 0)
        setopt(pycurl.PROXY, "")
        setopt(pycurl.NOPROXY, "*")
        setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
        setopt(pycurl.PATH_AS_IS, 1)
        setopt(pycurl.DNS_CACHE_TIMEOUT, _DNS_CACHE_SECONDS)
        setopt(pycurl.CAINFO, self._cafile)
        setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2 | pycurl.SSLVERSION_MAX_DEFAULT)
        setopt(pycurl.SSL_VERIFYPEER, int(verify_tls))
        setopt(pycurl.SSL_VERIFYHOST, 2 if verify_tls else 0)
        setopt(pycurl.OPENSOCKETFUNCTION, self._gate.open_socket)
        setopt(pycurl.WRITEFUNCTION, self._take)

    def _set_request(self, request: Request, addresses: tuple[str, ...]) -> None:
        setopt = self.curl.setopt
        setopt(pycurl.URL, request.url.text)
        if addresses and not request.url.literal:
            found = ",".join(addresses)
            setopt(pycurl.RESOLVE, [f"+{request.url.host}:{request.url.port}:{found}"])
        setopt(pycurl.USERAGENT, _USER_AGENT)
        setopt(pycurl.ACCEPT_ENCODING, "")
        if request.method == "HEAD":
            setopt(pycurl.NOBODY, 1)
        elif request.method != "GET":
            setopt(pycurl.CUSTOMREQUEST, request.method)
        body = request.body
        if body is None and request.method in {"POST", "PUT", "PATCH"}:
            body = b""
        if body is not None:
            setopt(pycurl.POSTFIELDS, body)
        headers = [_header_line(name, value) for name, value in request.headers]
        if body is not None:
            headers += _body_headers(request)
        if headers:
            setopt(pycurl.HTTPHEADER, headers)

    def _take(self, chunk: bytes) -> int | None:
        """Serve as `WRITEFUNCTION`: take decoded bytes up to the cap, then break off."""
        room = BODY_CAP - self._size
        if self._keep:
            self._body += chunk[:room]
        self._size += len(chunk)
        if len(chunk) > room:
            self._truncated = True
            return 0
        return None

    def response(self, code: int, *, timeout_seconds: float, dns: int) -> Response:
        """Say what came of it. `code` is libcurl's, 0 for success; `dns` the µs of the lookup."""
        getinfo = self.curl.getinfo
        broke_off = self._truncated and code == pycurl.E_WRITE_ERROR
        trouble = None if code == 0 or broke_off else self._trouble(code, timeout_seconds)
        return Response(
            trouble=trouble,
            status=getinfo(pycurl.RESPONSE_CODE),
            location=getinfo(pycurl.REDIRECT_URL) or "",
            content_type=getinfo(pycurl.CONTENT_TYPE) or "" if self._keep else "",
            body=bytes(self._body),
            truncated=self._truncated,
            header_bytes=getinfo(pycurl.HEADER_SIZE),
            timings=self._timings(dns),
        )

    def _trouble(self, code: int, timeout_seconds: float) -> Trouble:
        if self._gate.exhausted:
            return ours("This worker ran out of sockets.")
        if self._gate.closed:
            return blocked()
        getinfo = self.curl.getinfo
        ending = Ending(
            code=code,
            os_errno=getinfo(pycurl.OS_ERRNO),
            verify_result=getinfo(pycurl.SSL_VERIFYRESULT),
            connected=getinfo(pycurl.CONNECT_TIME) > 0,
        )
        return trouble_of(ending, port=self._port, timeout_seconds=timeout_seconds)

    def _timings(self, dns: int) -> Timings:
        getinfo = self.curl.getinfo
        name = getinfo(pycurl.NAMELOOKUP_TIME)
        connect = getinfo(pycurl.CONNECT_TIME)
        tls = getinfo(pycurl.APPCONNECT_TIME)
        first = getinfo(pycurl.STARTTRANSFER_TIME)
        total = getinfo(pycurl.TOTAL_TIME)
        return Timings(
            dns=dns,
            connect=_between(name, connect),
            tls=_between(connect, tls),
            first_byte=_between(max(connect, tls), first),
            total=dns + round(total * 1e6),
        )


def _header_line(name: str, value: str) -> bytes:
    """Write a header for libcurl, which takes `name:` to mean that there is to be none."""
    return f"{name}: {value}".encode() if value else f"{name};".encode()


def _body_headers(request: Request) -> list[bytes]:
    """Return what libcurl would otherwise add to a body in its own way."""
    named = {name.lower() for name, _ in request.headers}
    extra = [b"Expect:"]
    if "content-type" not in named:
        extra.append(
            b"Content-Type: text/plain; charset=utf-8" if request.body else b"Content-Type:"
        )
    return extra


def _between(start: float, end: float) -> int:
    """Return microseconds; a phase that was not reached has none."""
    return max(0, round((end - start) * 1e6)) if end else 0
