"""One libcurl handle, used for one request after another."""

import pycurl

from domain.expiry import Expiry
from probes.base import Timings
from probes.curl.connection_info import HTTP_VERSIONS, TLS_AGREED, certificate_expiry, days_left
from probes.curl.handle_reuse import HandleKey, handle_key_of
from probes.curl.options import own_pool, set_way_out
from probes.curl.received_body import ReceivedBody, absurd_length
from probes.curl.transport_failures import refused_by_proxy, transport_failure
from probes.exchange import BODY_CAP, EVIDENCE_CAP, HEADER_CAP, Request, Response
from probes.failures import Failure, blocked, ours
from probes.network.curl_failures import Ending, failure_of
from security.egress.guard import EgressPolicy, Gate
from security.key_exchange import CIPHERS_OF_LIBCURL

_USER_AGENT = "DowntimeMonitor/0.1"
# A looked-up address is pinned for its own request only.
_DNS_CACHE_SECONDS = 2


class Transfer:
    """Turns a `Request` into libcurl options, and libcurl's result into a `Response`."""

    def __init__(
        self, policy: EgressPolicy, cafile: str, *, keeps_connection: bool = False
    ) -> None:
        self.curl = pycurl.Curl()
        self.keeps_connection = keeps_connection
        self._pool = own_pool(self.curl) if keeps_connection else None
        self._cafile = cafile
        self._gate = Gate(policy)
        self._keep = 0
        self._head = bytearray()
        self._body = ReceivedBody(self._head)
        self._headers: list[tuple[str, str]] = []
        self._header_room = 0
        self._request: Request | None = None
        self._tls_version = ""
        self._handle_key: HandleKey | None = None
        self._milliseconds = 0

    def close(self) -> None:
        """Close the handle and the connection that it keeps."""
        self.curl.close()
        if self._pool:
            self._pool.close()

    def prepare(self, request: Request, addresses: tuple[str, ...], seconds: float) -> None:
        """Set every option of one request; nothing of an earlier one remains."""
        self._gate.forget()
        self._keep = _bytes_kept(request)
        self._body.begin(self._keep)
        self._head.clear()
        self._headers.clear()
        self._request = request
        self._tls_version = ""
        handle_key = handle_key_of(request)
        if handle_key is None or handle_key != self._handle_key:
            # If setting the options fails, the next request sets all of them again.
            self._handle_key = None
            self._set_all(request)
            self._handle_key = handle_key
        self._set_address(request, addresses)
        self._set_time(max(1, round(seconds * 1000)))

    def _set_time(self, milliseconds: int) -> None:
        if milliseconds != self._milliseconds:
            self.curl.setopt(pycurl.TIMEOUT_MS, milliseconds)
            self.curl.setopt(pycurl.CONNECTTIMEOUT_MS, milliseconds)
            self._milliseconds = milliseconds

    def _set_all(self, request: Request) -> None:
        self.curl.reset()
        self._milliseconds = 0
        self._set_safety(request.verify_tls)
        self._set_request(request)
        if request.keep_headers:
            self._header_room = HEADER_CAP
            self.curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        else:
            # Appending without a function of ours costs half as much, and most heads are never
            # parsed.
            self.curl.setopt(pycurl.HEADERFUNCTION, self._head.extend)
        if request.keep_tls:
            self.curl.setopt(pycurl.OPT_CERTINFO, 1)
            self.curl.setopt(pycurl.VERBOSE, 1)
            self.curl.setopt(pycurl.DEBUGFUNCTION, self._overhear)
        elif request.note_expiry:
            self.curl.setopt(pycurl.OPT_CERTINFO, 1)

    def _set_address(self, request: Request, addresses: tuple[str, ...]) -> None:
        self.curl.setopt(pycurl.URL, request.url.text)
        near = request.near
        if addresses and not near.literal:
            pinned = f"+{near.host}:{near.port}:{','.join(addresses)}"
            self.curl.setopt(pycurl.RESOLVE, [pinned])

    def _set_safety(self, verify_tls: bool) -> None:  # noqa: FBT001 - the one thing that varies
        setopt = self.curl.setopt
        setopt(pycurl.NOSIGNAL, 1)
        # Each check makes its own connection and handshake, and shares them with no other check. A
        # connection kept for a conversation is in a pool of this handle alone.
        setopt(pycurl.FRESH_CONNECT, int(not self.keeps_connection))
        setopt(pycurl.FORBID_REUSE, int(not self.keeps_connection))
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
        setopt(pycurl.SSL_CIPHER_LIST, CIPHERS_OF_LIBCURL)
        setopt(pycurl.SSL_VERIFYPEER, int(verify_tls))
        setopt(pycurl.SSL_VERIFYHOST, 2 if verify_tls else 0)
        setopt(pycurl.OPENSOCKETFUNCTION, self._gate.open_socket)
        setopt(pycurl.WRITEFUNCTION, self._body.take)

    def _set_request(self, request: Request) -> None:
        setopt = self.curl.setopt
        setopt(pycurl.USERAGENT, _USER_AGENT)
        setopt(pycurl.ACCEPT_ENCODING, "")
        setopt(pycurl.HTTP_CONTENT_DECODING, 0)
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
        set_way_out(self.curl, request, self._cafile)

    def _take_header(self, line: bytes) -> None:
        """Serve as `HEADERFUNCTION`: take one line, of the last answer if there are several."""
        if line.startswith(b"HTTP/"):
            self._headers.clear()
            self._head.clear()
        self._header_room -= len(line)
        if self._header_room >= 0:
            self._head += line
        name, colon, value = line.partition(b":")
        if colon and self._header_room >= 0 and not line.startswith(b"HTTP/"):
            self._headers.append(
                (name.decode("latin-1"), value.strip(b" \t\r\n").decode("latin-1"))
            )

    def _overhear(self, kind: int, text: bytes) -> None:
        """Serve as `DEBUGFUNCTION`, the only place where libcurl reports the TLS version."""
        if kind == pycurl.INFOTYPE_TEXT and (found := TLS_AGREED.match(text)):
            self._tls_version = found[1].decode()

    def response(self, code: int, *, timeout_seconds: float, dns: int) -> Response:
        """Return the response. `code` is libcurl's (0 for success), `dns` the µs of the lookup."""
        getinfo = self.curl.getinfo
        body, ending = self._body, self._body.ending
        is_answer = code == 0 or (ending != "" and code == pycurl.E_WRITE_ERROR)
        failure = body.failure if is_answer else self._failure(code, timeout_seconds)
        if code == 0 and getinfo(pycurl.CONTENT_LENGTH_DOWNLOAD_T) < 0:
            failure = failure or absurd_length(self._head)
        if not failure and self._request and self._request.proxy:
            failure = refused_by_proxy(getinfo(pycurl.RESPONSE_CODE), self._request.proxy)
        return Response(
            failure=failure,
            handshake_failed=code == pycurl.E_SSL_CONNECT_ERROR,
            address=getinfo(pycurl.PRIMARY_IP) or "",
            status=getinfo(pycurl.RESPONSE_CODE),
            location=getinfo(pycurl.REDIRECT_URL) or "",
            content_type=getinfo(pycurl.CONTENT_TYPE) or "" if self._keep else "",
            body=bytes(body.kept),
            body_bytes=min(body.size, BODY_CAP),
            truncated=ending == "truncated",
            undecoded=ending == "unknown",
            head=bytes(self._head),
            header_bytes=getinfo(pycurl.HEADER_SIZE),
            http_version=HTTP_VERSIONS.get(getinfo(pycurl.INFO_HTTP_VERSION), ""),
            tls_version=self._tls_version,
            certificate_days_left=days_left(self.curl) if self._tls_version else None,
            expiry=self._expiry(),
            headers=tuple(self._headers),
            timings=self._timings(dns),
        )

    def _expiry(self) -> Expiry | None:
        wanted = self._request is not None and self._request.note_expiry
        return certificate_expiry(self.curl) if wanted else None

    def _failure(self, code: int, timeout_seconds: float) -> Failure:
        if self._gate.exhausted:
            return ours("This worker ran out of sockets.")
        if self._gate.closed:
            return blocked()
        if self._request and (found := transport_failure(self.curl, code, self._request)):
            return found
        getinfo = self.curl.getinfo
        ending = Ending(
            code=code,
            os_errno=getinfo(pycurl.OS_ERRNO),
            verify_result=getinfo(pycurl.SSL_VERIFYRESULT),
            text=self.curl.errstr(),
            connected=getinfo(pycurl.CONNECT_TIME) > 0,
        )
        return failure_of(
            ending,
            port=self._request.near.port if self._request else 0,
            timeout_seconds=timeout_seconds,
        )

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


def _bytes_kept(request: Request) -> int:
    if request.keep_body:
        return BODY_CAP
    return EVIDENCE_CAP if request.keep_evidence else 0


def _header_line(name: str, value: str) -> bytes:
    """Return a header for libcurl, for which `name:` means to leave the header out."""
    return f"{name}: {value}".encode() if value else f"{name};".encode()


def _body_headers(request: Request) -> list[bytes]:
    """Return the headers of a body that libcurl would otherwise add in its own form."""
    named = {name.lower() for name, _ in request.headers}
    extra = [b"Expect:"]
    if "content-type" not in named:
        extra.append(
            b"Content-Type: text/plain; charset=utf-8" if request.body else b"Content-Type:"
        )
    return extra


def _between(start: float, end: float) -> int:
    """Return the duration in microseconds, or 0 if the phase was not reached."""
    return max(0, round((end - start) * 1e6)) if end else 0
