"""The meaning of libcurl's errors: whose failure it was, and its description.

Only what the target certainly did counts as down. Every code that is not listed here is internal.
"""

import errno
from dataclasses import dataclass

import pycurl

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down, ours, too_late
from probes.network.tls_failures import handshake_failure

_NO_ROUTE = frozenset(
    {
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.EADDRNOTAVAIL,
        errno.EADDRINUSE,
        errno.EACCES,
        errno.EPERM,
    }
)
"""The connection never left this machine."""

_OTHER_NAME = "The certificate is not for this name."
_CERTIFICATE = {
    # libcurl compares names before it verifies the chain; 1 is the initial value.
    1: _OTHER_NAME,
    9: "The certificate is not valid yet.",
    10: "The certificate has expired.",
    18: "The certificate is not trusted: self-signed certificate.",
    19: "The certificate is not trusted: self-signed certificate in the chain.",
    20: "The certificate is not trusted: its issuer is unknown, or the server leaves out the chain.",
    21: "The certificate is not trusted: the server leaves out the chain.",
    23: "The certificate has been revoked.",
    26: "The certificate is not valid for servers.",
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
"""By the codes of OpenSSL's `X509_verify_cert`."""

_CLOSED = frozenset({pycurl.E_GOT_NOTHING, pycurl.E_PARTIAL_FILE, pycurl.E_SEND_ERROR})
_LOST = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ETIMEDOUT})
_HTTP2_STREAM = 92
_TOO_LARGE = 100
_NOT_HTTP = frozenset(
    {
        pycurl.E_UNSUPPORTED_PROTOCOL,
        pycurl.E_FTP_WEIRD_SERVER_REPLY,
        pycurl.E_HTTP2,
        _HTTP2_STREAM,
        _TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a transfer ended, in libcurl's terms."""

    code: int
    os_errno: int = 0
    verify_result: int = 0
    text: str = ""
    connected: bool = False


def failure_of(ending: Ending, *, port: int, timeout_seconds: float) -> Failure:
    """Return the failure of a transfer that ended with an error."""
    if ending.code == pycurl.E_OPERATION_TIMEDOUT:
        return too_late(timeout_seconds, connected=ending.connected)
    if ending.code == pycurl.E_COULDNT_CONNECT:
        return no_connection(ending.os_errno, port)
    if ending.code == pycurl.E_PEER_FAILED_VERIFICATION:
        return certificate_failure(ending.verify_result)
    if ending.code == pycurl.E_SSL_CONNECT_ERROR:
        return handshake_failure(ending.text)
    return _broken_off(ending)


def certificate_failure(verify_result: int) -> Failure:
    """Return why a certificate is not accepted, by OpenSSL's code."""
    return down(Cause.TLS, _CERTIFICATE.get(verify_result, "The certificate is not trusted."))


def no_connection(os_errno: int, port: int) -> Failure:
    """Return why no connection was established, by the system's error."""
    if os_errno == errno.ECONNREFUSED:
        return down(Cause.REFUSED, f"Connection refused on port {port}.")
    if os_errno == errno.ETIMEDOUT:
        return down(Cause.TIMEOUT, "The connection attempt timed out.")
    if os_errno == errno.ECONNRESET:
        return down(Cause.CLOSED, "The connection was reset.")
    if os_errno in _NO_ROUTE:
        return ours("This worker cannot reach the address: it has no route, or no port left.")
    if os_errno == errno.EHOSTUNREACH:
        return down(Cause.UNREACHABLE, "The host cannot be reached.")
    return ours("The connection failed for an unknown reason.")


def _broken_off(ending: Ending) -> Failure:
    if ending.code in _CLOSED or (ending.code == pycurl.E_RECV_ERROR and ending.os_errno in _LOST):
        return down(Cause.CLOSED, "The connection was closed before the answer was complete.")
    if ending.code in _NOT_HTTP or ending.code == pycurl.E_RECV_ERROR:
        return down(Cause.PROTOCOL, "The answer is not valid HTTP.")
    if ending.code == pycurl.E_COULDNT_RESOLVE_HOST:
        return down(Cause.DNS, "The name does not resolve.")
    return ours(f"The check failed within this worker (code {ending.code}).")
