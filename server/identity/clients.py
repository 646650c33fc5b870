"""The address and the certificate of a client, as reported by trusted proxies only."""

import base64
import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import request

from domain.organization_policy import LoginWay
from server.resources import resources
from services.accounts.sessions import Origin

Address = IPv4Address | IPv6Address
_LONGEST_CERTIFICATE = 16_384


def client_address() -> Address | None:
    """Return the address of the client, behind as many proxies as the settings count."""
    return _parsed(request.remote_addr or "")


def origin(way: LoginWay) -> Origin:
    """Return the origin of a login: the address of the client, its user agent, and the way."""
    address = client_address()
    return Origin("" if address is None else str(address), request.user_agent.string, way)


def client_certificate() -> str | None:
    """Return the thumbprint of the client certificate that a trusted proxy reports as proven."""
    name = resources().settings.client_certificate_header
    given = request.headers.get(name, "") if name else ""
    if not given or len(given) > _LONGEST_CERTIFICATE or not _comes_from_proxy():
        return None
    try:
        return thumbprint_of(_certificate(given))
    except ValueError:
        return None


def thumbprint_of(certificate: x509.Certificate) -> str:
    """Return the `x5t#S256` of a certificate (RFC 8705): SHA-256 of its DER, in base64url."""
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _certificate(text: str) -> x509.Certificate:
    """Parse a certificate from a proxy.

    It is DER between colons (RFC 9440), or PEM with percent signs (nginx).
    """
    if text.startswith(":") and text.endswith(":"):
        return x509.load_der_x509_certificate(base64.b64decode(text[1:-1], validate=True))
    return x509.load_pem_x509_certificate(unquote(text).encode())


def _comes_from_proxy() -> bool:
    """Return whether the connection itself is from a trusted proxy, whatever its headers claim."""
    before = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    peer = _parsed(before.get("REMOTE_ADDR") or "")
    networks = resources().settings.certificate_proxies
    return peer is not None and any(peer in network for network in networks)


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
