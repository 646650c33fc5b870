"""The operator's settings for contacts, and what validates and seals their channels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from config.settings import Settings
from security.egress.addresses import EgressPolicy
from security.vault import KeyRing
from services.slow_validation import NOTHING, Examined


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimits:
    ring: KeyRing
    policy: EgressPolicy
    text_countries: Sequence[str] = ()
    examined: Examined = field(default_factory=lambda: NOTHING, repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read the settings of this process. Raise `ValueError` for an invalid key ring."""
        return cls(
            ring=KeyRing.from_settings(settings),
            policy=EgressPolicy.from_settings(settings),
            text_countries=settings.text_countries,
        )
