"""What a request says of its reader: the page, the session and the network it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

from live.settings import LiveSettings
from security.login.cookies import hash_of

_LONGEST_COOKIE = 100
_HOUSEHOLD = 64
"""The bits of an IPv6 address that one customer of a provider cannot choose."""
_OURS = frozenset({"same-origin", "none", ""})


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, read from its ASGI scope."""

    method: str
    path: str
    peer: str
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Request":
        client = scope.get("client") or ("", 0)
        return cls(scope["method"], scope["path"], client[0], _joined(scope["headers"]))

    def is_from_our_pages(self, settings: LiveSettings) -> bool:
        """Return whether a page of ours sent it.

        Browsers name the origin in requests to another origin, and the relation in all requests.
        """
        origin = self.headers.get("origin")
        if origin is not None:
            return origin == settings.origin
        return self.headers.get("sec-fetch-site", "") in _OURS

    def session(self, settings: LiveSettings) -> bytes | None:
        """Return the hash of the session cookie, or None if there is none."""
        for part in self.headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == settings.cookie_name and 0 < len(value) <= _LONGEST_COOKIE:
                return hash_of(value) if value.isascii() else None
        return None

    def network(self, settings: LiveSettings) -> str:
        """Return the network that is counted: an IPv4 address, or the /64 of an IPv6 address."""
        text = self._address(settings.trusted_proxies)
        try:
            address = ip_address(text)
        except ValueError:
            return ""
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped) if mapped else str(int(address) >> _HOUSEHOLD)
        return str(address)

    def _address(self, proxies: int) -> str:
        """Return the address that the outermost trusted proxy saw."""
        named = [each.strip() for each in self.headers.get("x-forwarded-for", "").split(",")]
        return named[-proxies] if 0 < proxies <= len(named) else self.peer


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        separator = "; " if name == "cookie" else ", "
        found[name] = f"{found[name]}{separator}{value}" if name in found else value
    return found
