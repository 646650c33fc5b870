"""The operator's account at a gateway for texts or calls."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the gateway is, whose account pays, and the number or name that it sends from."""

    url: str
    account: str
    token: str = field(repr=False)
    sender: str
