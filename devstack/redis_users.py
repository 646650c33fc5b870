"""Who may do what in the embedded Redis: the table of deploy/redis-users, with generated passwords."""

import hashlib
from collections.abc import Mapping

from devstack.program import ROOT

_TABLE = ROOT / "deploy" / "redis-users"
# The server of the wheel is older than keys that may only be read.
_UNKNOWN = "%R~"


def names() -> list[str]:
    return list(_rules())


def acl(passwords: Mapping[str, str], everything: str) -> str:
    """Write the file of users; `everything` is the password of `default`, who may do all."""
    lines = [f"user default on #{_digest(everything)} ~* &* +@all"]
    for name, rules in _rules().items():
        lines.append(f"user {name} on #{_digest(passwords[name])} {rules}")
    return "\n".join([*lines, ""])


def _rules() -> dict[str, str]:
    lines = [line for line in _TABLE.read_text().splitlines() if line and line[0] != "#"]
    pairs = [line.partition(" ") for line in lines]
    return {name: _for_older_server(rules) for name, _, rules in pairs}


def _for_older_server(rules: str) -> str:
    return " ".join(rule for rule in rules.split() if not rule.startswith(_UNKNOWN))


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
