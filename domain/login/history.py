"""What the history of logins keeps of an origin: the network, the family of the program, a device.

It is enough for a person to recognize an own login, and too little to follow the person.
"""

import hashlib
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_V4_PREFIX, _V6_PREFIX = 24, 48
_LONGEST_PROGRAM = 40

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Parts of user agents, the more special ones first: each browser names those that it resembles."""


class LoginFactor(StrEnum):
    """What proved the account beside the password, or instead of it."""

    NONE = "none"
    CODE = "code"
    PASSKEY = "passkey"


class LoginOutcome(StrEnum):
    SUCCEEDED = "succeeded"
    WRONG_PROOF = "wrong_proof"
    WRONG_FACTOR = "wrong_factor"
    DISOWNED = "disowned"
    """It succeeded, and the owner of the account said that it was somebody else."""


def network_of(address: str) -> str:
    """Return the /24 or /48 of an address, or an empty text if it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    prefix = _V4_PREFIX if isinstance(found, IPv4Address) else _V6_PREFIX
    return str(ip_network((found, prefix), strict=False))


def program_of(agent: str) -> str:
    """Return the family of a program by its user agent, such as `Firefox` or `curl`."""
    browser = next((name for part, name in BROWSERS if part in agent), "")
    first = (agent.split() or [""])[0].partition("/")[0]
    return browser or first[:_LONGEST_PROGRAM]


def device_hash(salt: bytes, network: str, program: str, cookie: str) -> bytes:
    """Return the hash that a device of one account is known by. The salt is the account's."""
    parts = (salt, *(each.encode() for each in (network, program, cookie)))
    return hashlib.sha256(b"\0".join(parts)).digest()
