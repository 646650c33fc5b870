"""A rest after a refused secret: many servers lock an account after a few wrong passwords.

The rest belongs to the credential's version and to the process. So another secret is tried at once.
"""

from dataclasses import dataclass
from time import monotonic

from probes.auth.base import AuthorizationError, Credential

REST_SECONDS = 300.0
_RESTING = "resting"


@dataclass(frozen=True, slots=True)
class _Rest:
    """The refusal is kept as an error: a text in this memory would be masked as a secret."""

    until: float
    refusal: AuthorizationError


class WrongSecretError(AuthorizationError):
    """Whoever was asked refused the secret, and may count how often."""


def refuse_while_resting(credential: Credential) -> None:
    """Raise `AuthorizationError` until five minutes after the last refusal."""
    if resting := _resting(credential, ""):
        raise AuthorizationError(
            f"{resting.refusal} To avoid locking the account, only some checks try it again."
        )


def rests_at(credential: Credential, site: str) -> bool:
    """Return whether this site refused the secret in the last five minutes."""
    return _resting(credential, site) is not None


def rest(credential: Credential, refusal: AuthorizationError, *, site: str = "") -> None:
    """Let the next checks keep the secret from a site, or from the one place that it is sent to."""
    credential.memory[_RESTING + site] = _Rest(monotonic() + REST_SECONDS, refusal)


def _resting(credential: Credential, site: str) -> _Rest | None:
    resting: _Rest | None = credential.memory.get(_RESTING + site)
    return resting if resting and monotonic() < resting.until else None
