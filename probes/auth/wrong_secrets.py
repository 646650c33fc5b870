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
    resting: _Rest | None = credential.memory.get(_RESTING)
    if resting and monotonic() < resting.until:
        raise AuthorizationError(
            f"{resting.refusal} To avoid locking the account, only some checks try it again."
        )


def rest(credential: Credential, refusal: AuthorizationError) -> None:
    """Let the next checks repeat this refusal, and ask nobody."""
    credential.memory[_RESTING] = _Rest(monotonic() + REST_SECONDS, refusal)
