"""What the operator says about contacts, and what their channels are read and sealed with."""

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
        """Read those of this process; raises `ValueError` for a key ring that is not right."""
        return cls(
            ring=KeyRing.from_settings(settings),
            policy=EgressPolicy.from_settings(settings),
            text_countries=settings.text_countries,
        )
