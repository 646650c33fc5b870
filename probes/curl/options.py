"""The libcurl options of some requests: client certificate, proxy, version, kept connection."""

from functools import lru_cache
from pathlib import Path

import pycurl

from probes.credential import ClientIdentity
from probes.curl.key_exchange import FEW_GROUPS, offers_few
from probes.exchange import Proxy, Request
from probes.urls import Url
from security.egress.guard import EgressPolicy
from security.key_exchange import CIPHERS_OF_LIBCURL

_VERSIONS = {
    "1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "2": pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
    "3": pycurl.CURL_HTTP_VERSION_3ONLY,
}
"""A requested version is the only one that is spoken."""


def permits_way(policy: EgressPolicy, request: Request) -> bool:
    """Return whether the request may start.

    The address is judged when it is known.
    """
    if request.proxy and not _permits_proxied(policy, request.url):
        return False
    return bool(request.near.literal) or policy.permits_name(request.near.host)


def _permits_proxied(policy: EgressPolicy, url: Url) -> bool:
    """Return whether a proxy may be asked for this URL."""
    if not policy.permits_proxies:
        return False
    if url.literal:
        return policy.permits(url.literal, url.port)
    return policy.permits_name(url.host)


def own_pool(curl: pycurl.Curl) -> pycurl.CurlShare:
    """Give a handle a connection pool of its own."""
    pool = pycurl.CurlShare()
    pool.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_CONNECT)
    curl.setopt(pycurl.SHARE, pool)
    return pool


def set_way_out(curl: pycurl.Curl, request: Request, cafile: str) -> None:
    """Set the options that this request needs; most need few."""
    if offers_few(request):
        curl.setopt(pycurl.SSL_EC_CURVES, FEW_GROUPS)
    if request.http_version:
        curl.setopt(pycurl.HTTP_VERSION, _VERSIONS[request.http_version])
    if request.authorities is not None:
        curl.setopt(pycurl.CAINFO_BLOB, request.authorities)
    if request.client:
        _set_client(curl, request.client)
    if request.proxy:
        _set_proxy(curl, request.proxy)
        if request.proxy.url.startswith("https:"):
            _set_trust_in_proxy(curl, request.authorities, cafile)


def _set_client(curl: pycurl.Curl, client: ClientIdentity) -> None:
    curl.setopt(pycurl.SSLCERT_BLOB, client.certificate)
    curl.setopt(pycurl.SSLKEY_BLOB, client.key)


def _set_trust_in_proxy(curl: pycurl.Curl, authorities: bytes | None, cafile: str) -> None:
    """Trust the usual authorities and those of the credential: either may stand for the proxy."""
    if authorities is None:
        curl.setopt(pycurl.PROXY_CAINFO, cafile)
    else:
        curl.setopt(pycurl.PROXY_CAINFO_BLOB, authorities + b"\n" + _usual_authorities(cafile))
    curl.setopt(pycurl.PROXY_SSL_CIPHER_LIST, CIPHERS_OF_LIBCURL)


@lru_cache(maxsize=4)
def _usual_authorities(cafile: str) -> bytes:
    return Path(cafile).read_bytes()


def _set_proxy(curl: pycurl.Curl, proxy: Proxy) -> None:
    curl.setopt(pycurl.PROXY, proxy.url)
    curl.setopt(pycurl.NOPROXY, "")
    if proxy.username is not None:
        curl.setopt(pycurl.PROXYUSERNAME, proxy.username.encode())
        curl.setopt(pycurl.PROXYPASSWORD, (proxy.password or "").encode())
        scheme = pycurl.HTTPAUTH_DIGEST if proxy.digest else pycurl.HTTPAUTH_BASIC
        curl.setopt(pycurl.PROXYAUTH, scheme)
