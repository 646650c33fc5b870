"""The key ring of credentials, and their validation so far."""

from dataclasses import dataclass, field

from security.vault import KeyRing
from services.slow_validation import NOTHING, Examined


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSettings:
    ring: KeyRing
    examined: Examined = field(default_factory=lambda: NOTHING, repr=False)
