"""The operator's settings for claims and marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from config.settings import Settings
from security.links import Links
from security.vault import KeyRing

OTHERS = "other"
"""The key of the rate limit for kinds without their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """`per_minute` is by kind; `burst` is the number of changes sent singly within a minute.

    `texts_per_day` is in segments of all organizations together, without a limit if it is None.
    Texts go to `text_countries`, or to
    all countries if it is empty. Without a `ring`, channels with a secret cannot be opened. Without
    `links`, messages have no links that work without a login.
    """

    public_url: str
    per_minute: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({OTHERS: 20}))
    burst: int = 10
    texts_per_day: int | None = None
    text_countries: Sequence[str] = ()
    ring: KeyRing | None = None
    links: Links | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read the settings of this process. Raise `ValueError` for an invalid key ring."""
        return cls(
            public_url=settings.public_url.rstrip("/"),
            per_minute=settings.messages_per_minute,
            burst=settings.digest_threshold,
            texts_per_day=settings.texts_per_day,
            text_countries=settings.text_countries,
            ring=KeyRing.from_settings(settings) if settings.keys.get_secret_value() else None,
            links=Links.from_settings(settings),
        )

    def rate_limit_of(self, kind: str) -> int:
        return self.per_minute.get(kind, self.per_minute[OTHERS])
