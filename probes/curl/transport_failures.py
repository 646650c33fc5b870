"""Failures of what a request asked for: a client certificate, a proxy, or an HTTP version."""

from http import HTTPStatus

import pycurl

from domain.evaluation.outcome import Cause
from probes.exchange import Proxy, Request
from probes.failures import Failure, down
from probes.network.tls_failures import refused_certificate

_PROXY_FAILED = 97
_URL_NOT_FOR_THIS = frozenset({pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL})
_SOCKS_REFUSES_USER = frozenset({12, 33})
"""`CURLPX_NO_AUTH` and `CURLPX_USER_REJECTED`, for which pycurl has no names."""
_QUIC_FAILED = 96
_LOST_ON_THE_WAY = frozenset({pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR})


def transport_failure(curl: pycurl.Curl, code: int, request: Request) -> Failure | None:
    """Return the failure, if it concerns an option that only this request has."""
    if request.proxy:
        if code == pycurl.E_PEER_FAILED_VERIFICATION and _is_of_proxy(curl):
            return down(Cause.TLS, "The certificate of the proxy is not trusted.")
        if found := _with_proxy(curl, code, request):
            return found
    if request.url.scheme == "https" and (found := _with_certificate(curl, code)):
        return found
    if request.http_version == "3":
        return _with_quic(curl, code, request)
    return None


def _is_of_proxy(curl: pycurl.Curl) -> bool:
    """Return whether the certificate that was not accepted is that of the proxy."""
    return bool(curl.getinfo(pycurl.PROXY_SSL_VERIFYRESULT))


def _with_proxy(curl: pycurl.Curl, code: int, request: Request) -> Failure | None:
    answered = curl.getinfo(pycurl.HTTP_CONNECTCODE)
    if refused := refused_by_proxy(answered, request.proxy):
        return refused
    if answered >= HTTPStatus.MULTIPLE_CHOICES:
        return down(Cause.UNREACHABLE, f"The proxy answered {answered} and did not connect.")
    if code == _PROXY_FAILED:
        if curl.getinfo(pycurl.PROXY_ERROR) in _SOCKS_REFUSES_USER:
            return down(Cause.AUTHORIZATION, "The proxy refused the user or the password.")
        return down(Cause.UNREACHABLE, "The proxy could not connect to the site.")
    if code == pycurl.E_COULDNT_CONNECT and not curl.getinfo(pycurl.CONNECT_TIME):
        return down(Cause.UNREACHABLE, f"The proxy cannot be reached on port {request.near.port}.")
    return None


def refused_by_proxy(status: int, proxy: Proxy | None) -> Failure | None:
    """Return the failure if the proxy itself demands a user, or another user or password."""
    if status != HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return None
    if proxy and proxy.username:
        detail = "The proxy refused the user or the password: 407 Proxy Authentication Required."
    else:
        detail = "The proxy demands a user: 407 Proxy Authentication Required."
    return down(Cause.AUTHORIZATION, detail)


def _with_certificate(curl: pycurl.Curl, code: int) -> Failure | None:
    if code == pycurl.E_SSL_CERTPROBLEM:
        return down(Cause.AUTHORIZATION, "The client certificate cannot be used.")
    return refused_certificate(curl.errstr())


def _with_quic(curl: pycurl.Curl, code: int, request: Request) -> Failure | None:
    if code in _URL_NOT_FOR_THIS and (request.url.scheme == "http" or request.proxy):
        return down(Cause.PROTOCOL, "HTTP/3 requires https, and does not work through a proxy.")
    if code == _QUIC_FAILED or (
        code in _LOST_ON_THE_WAY and not curl.getinfo(pycurl.APPCONNECT_TIME)
    ):
        return down(Cause.UNREACHABLE, "The site does not answer over HTTP/3.")
    return None
