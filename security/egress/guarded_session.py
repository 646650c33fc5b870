"""A `requests` session behind the guard: it judges addresses, and limits time and size.

It uses no proxy and no environment settings, follows no redirect, and opens a connection for each
request.
"""

import socket
import ssl
from time import monotonic
from typing import Any, Self

from requests import PreparedRequest, RequestException, Response, Session  # noqa: TID251 - the guard
from requests.adapters import HTTPAdapter  # noqa: TID251 - the guard itself
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from security.egress.addresses import DENIED_PORTS, EgressPolicy
from security.egress.guarded_socket import DEADLINE, DeadlineTlsSocket, connect
from security.key_exchange import without_finite_fields

LARGEST_RESPONSE = 64 * 1024
_CHUNK = 8192


class ResponseTooLarge(RequestException):
    """The body is larger than the limit of the session."""


class GuardedSession(Session):
    """Raises what `requests` raises. Each exchange ends within `seconds`, with its whole body."""

    def __init__(self, policy: EgressPolicy, *, seconds: float, cafile: str | None = None) -> None:
        super().__init__()
        self.trust_env = False
        self._seconds = seconds
        adapter = _GuardedAdapter(policy, cafile)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def __enter__(self) -> Self:
        return self

    def get_redirect_target(self, resp: Response) -> str | None:  # noqa: ARG002 - the name is requests'
        """Ignore redirects: requests would read the whole body to prepare the next request."""
        return None

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:  # noqa: ANN401 - the signature is requests'
        token = DEADLINE.set(monotonic() + self._seconds)
        timeout = kwargs.pop("timeout", None) or self._seconds
        try:
            response = super().send(
                request, **kwargs | {"timeout": timeout, "stream": True, "allow_redirects": False}
            )
            with response:
                _read(response)
        finally:
            DEADLINE.reset(token)
        return response


def _read(response: Response) -> None:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > LARGEST_RESPONSE:
            raise ResponseTooLarge(
                f"The body is larger than {LARGEST_RESPONSE} bytes.", response=response
            )
    # The value of `response.content`; requests has no other way to set a body.
    response._content = bytes(body)  # noqa: SLF001 - see above


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, policy: EgressPolicy, cafile: str | None) -> None:
        self._policy = policy
        self._cafile = cafile
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature is requests'
        super().init_poolmanager(*args, **kwargs, ssl_context=_context())
        self.poolmanager.pool_classes_by_scheme = _pools(self._policy)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ANN401 - the signature is requests'
        super().cert_verify(conn, url, self._cafile or verify, cert)  # type: ignore[no-untyped-call] # the stubs have no types for it


def _context() -> ssl.SSLContext:
    context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
    context.sslsocket_class = DeadlineTlsSocket
    return without_finite_fields(context)


def _pools(policy: EgressPolicy) -> dict[str, type[HTTPConnectionPool]]:
    """Return pool classes with connections under this policy.

    urllib3 takes classes, not objects.
    """

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _open(self, policy)

    class Tls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _open(self, policy)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _open(connection: HTTPConnection, policy: EgressPolicy) -> socket.socket:
    if policy.mode != "any" and connection.port in DENIED_PORTS:
        raise NewConnectionError(connection, "This service may not connect to that port.")
    try:
        return connect(connection.host, connection.port, connection.timeout, policy)
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "The connection took too long.") from error
    except OSError as error:
        raise NewConnectionError(connection, f"No connection: {error}") from error
