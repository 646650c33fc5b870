"""The users of Redis and their permissions, from deploy/redis-users."""

import hashlib
from collections.abc import Mapping

from devstack.program import ROOT

_TABLE = ROOT / "deploy" / "redis-users"
# The server of the wheel is too old for read-only keys.
_UNKNOWN = "%R~"


def names() -> list[str]:
    return list(_rules())


def acl(passwords: Mapping[str, str]) -> str:
    """Return the file of users, with digests of their passwords; the default user is off."""
    lines = ["user default off"]
    for name, rules in _rules().items():
        lines.append(f"user {name} on #{_digest(passwords[name])} {rules}")
    return "\n".join([*lines, ""])


def embedded_acl(passwords: Mapping[str, str], everything: str) -> str:
    """Return the file for the server of the wheel; `everything` is the password of `default`."""
    lines = acl(passwords).splitlines()[1:]
    known = [" ".join(word for word in line.split() if _UNKNOWN not in word) for line in lines]
    return "\n".join([f"user default on #{_digest(everything)} ~* &* +@all", *known, ""])


def _rules() -> dict[str, str]:
    lines = [line for line in _TABLE.read_text().splitlines() if line and line[0] != "#"]
    pairs = [line.partition(" ") for line in lines]
    return {name: rules for name, _, rules in pairs}


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
