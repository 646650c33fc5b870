"""What the operator says about sending, as far as claims and marks need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from config.settings import Settings
from security.links import Links
from security.vault import KeyRing

OTHERS = "other"
"""Stands for the kinds that have no pace of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """`per_minute` is by kind; `burst` is how many changes go one by one within a minute.

    `text_quota` is in segments a month, `texts_per_day` in segments of all organizations together, each
    without limit if there is none. Texts go to `text_countries`, or to all if none is named. Without a `ring`, channels
    that keep a secret cannot be opened; without `links`, messages have none that asks no login.
    """

    public_url: str
    per_minute: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({OTHERS: 20}))
    burst: int = 10
    text_quota: int | None = None
    texts_per_day: int | None = None
    text_countries: Sequence[str] = ()
    ring: KeyRing | None = None
    links: Links | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read those of this process; raises `ValueError` for a key ring that is not right."""
        return cls(
            public_url=settings.public_url.rstrip("/"),
            per_minute=settings.messages_per_minute,
            burst=settings.digest_threshold,
            text_quota=settings.sms_monthly_quota,
            texts_per_day=settings.texts_per_day,
            text_countries=settings.text_countries,
            ring=KeyRing.from_settings(settings) if settings.keys.get_secret_value() else None,
            links=Links.from_settings(settings),
        )

    def rate_limit_of(self, kind: str) -> int:
        return self.per_minute.get(kind, self.per_minute[OTHERS])
