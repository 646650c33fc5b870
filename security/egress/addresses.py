"""The addresses and ports that outbound traffic may reach, in a table of our own.

`ipaddress.is_global` differs between Python versions and is wrong for several of them, so the
networks are listed here. IPv6 is judged by an allowlist: the global unicast space without its
special networks.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal, Self

from config.settings import Settings

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
Mode = Literal["public", "allowlist", "any"]


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in text.split())


NEVER = _networks(
    "0.0.0.0/8 169.254.0.0/16 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32 224.0.0.0/4"
    " 240.0.0.0/4 ::/128 fe80::/10 fec0::/10 ff00::/8 fd00:ec2::/32 fd20:ce::/64 fd00:42::42/128"
)
"""Denied under every policy: metadata services of clouds, link-local, multicast, unspecified."""

_PRIVATE_V4 = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12"
    " 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16"
    " 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_GLOBAL_V6 = _networks("2000::/3")
_SPECIAL_V6 = _networks("2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20")

_CARRY_V4_IN_LOW_BITS = _networks("::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 ::/96")
_SIX_TO_FOUR = _networks("2002::/16")
_TEREDO = _networks("2001::/32")
_ISATAP = frozenset({0x5EFE, 0x0200_5EFE})
"""The beginnings of an interface identifier that ends with an IPv4 address (RFC 5214 §6.1)."""
_LOOPBACK_AND_UNSPECIFIED = 1
_LOW_BITS = 0xFFFF_FFFF

_PRIVATE_SUFFIXES = (
    ".localhost", ".local", ".internal", ".svc", ".cluster.local", ".lan", ".home.arpa",
    ".in-addr.arpa", ".ip6.arpa",
)  # fmt: skip
"""Internal names, and names that encode addresses, which would have to be judged as addresses."""

_METADATA_NAMES = frozenset(
    (
        "metadata", "metadata.google.internal", "metadata.goog", "metadata.goog.internal",
        "instance-data", "instance-data.ec2.internal", "metadata.azure.internal",
        "metadata.tencentyun.com", "metadata.packet.net", "metadata.platformequinix.com",
    )
)  # fmt: skip
"""Names of cloud metadata services, which are denied under every policy."""

_PORTS_OF_BROWSERS = (
    "0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111"
    " 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540"
    " 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000"
    " 6566 6665 6666 6667 6668 6669 6679 6697 10080"
)
_PORTS_OF_STORES = "2375 3306 5432 6379 9200 10250 11211 27017"
DENIED_PORTS = frozenset(int(port) for port in f"{_PORTS_OF_BROWSERS} {_PORTS_OF_STORES}".split())
"""Ports without web sites: those that browsers refuse, and those of data stores."""


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """The addresses that this process may connect to.

    `public`: public addresses only. `allowlist`: those and the networks of `allow`. `any`: also
    private addresses and every port. `NEVER` is denied under each of them.
    """

    mode: Mode = "public"
    allow: tuple[Network, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings.egress_policy, settings.egress_allow)

    def permits(self, address: str, port: int) -> bool:
        """Return whether a web site at this address is permitted.

        The port matters too, unless the policy is `any`.
        """
        return _permits(self, address) and (self.mode == "any" or port not in DENIED_PORTS)

    @property
    def permits_proxies(self) -> bool:
        """Whether a user may name a proxy: no guard sees its connections."""
        return self.mode != "public"

    def permits_address(self, address: str) -> bool:
        """Return whether a numeric address is permitted, on any port; anything else is denied."""
        return _permits(self, address)

    def permits_name(self, name: str) -> bool:
        """Return whether our resolver may look up a name, given in lower case.

        Under `public`, internal names are denied, because the answer would reveal which of them
        exist.
        """
        if name in _METADATA_NAMES:
            return False
        return self.mode != "public" or ("." in name and not name.endswith(_PRIVATE_SUFFIXES))


@lru_cache(maxsize=8192)
def _permits(policy: EgressPolicy, text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    carried = _carried(address)
    if getattr(address, "scope_id", None) or _inside(carried, NEVER) or _inside(address, NEVER):
        return False
    if policy.mode == "any" or _is_public(address):
        return True
    return policy.mode == "allowlist" and _inside(_unmapped(address), policy.allow)


def _is_public(address: Address) -> bool:
    plain = _unmapped(address)
    if isinstance(plain, IPv4Address):
        return not _inside(plain, _PRIVATE_V4)
    if not _inside(plain, _GLOBAL_V6) or _inside(plain, _SPECIAL_V6):
        return False
    carried = _carried(plain)
    return carried is plain or _is_public(carried)


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address that a socket actually reaches for `::ffff:a.b.c.d`."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _carried(address: Address) -> Address:
    """Return the IPv4 address that a gateway would extract, or the address itself."""
    bits = int(address)
    if isinstance(address, IPv4Address) or bits <= _LOOPBACK_AND_UNSPECIFIED:
        return address
    if _inside(address, _CARRY_V4_IN_LOW_BITS) or bits >> 32 & _LOW_BITS in _ISATAP:
        return IPv4Address(bits & _LOW_BITS)
    if _inside(address, _SIX_TO_FOUR):
        return IPv4Address(bits >> 80 & _LOW_BITS)
    if _inside(address, _TEREDO):
        return IPv4Address(~bits & _LOW_BITS)
    return address


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def numeric_address(host: str) -> str | None:
    """Return the address if the host is one in any spelling of the system, such as `127.1`."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
