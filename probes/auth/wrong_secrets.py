"""A rest after a refused secret: many servers lock an account after a few wrong passwords.

It begins with the second refusal in a row: if a recheck repeated the first one without asking, a
single wrong answer would confirm itself as an outage. The rest belongs to the credential's version
and to the process. So another secret is tried at once.
"""

from dataclasses import dataclass
from time import monotonic

from probes.auth.base import AuthorizationError, Credential

REST_SECONDS = 300.0
_IN_A_ROW_SECONDS = 2 * REST_SECONDS
_REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """It is kept as an error: a text in this memory would be masked as a secret."""

    at: float
    error: AuthorizationError
    is_first: bool


class WrongSecretError(AuthorizationError):
    """Whoever was asked refused the secret, and may count how often."""


def refuse_while_resting(credential: Credential, *, site: str = "") -> None:
    """Raise `AuthorizationError` until five minutes after the last of several refusals."""
    if last := _resting(credential, site):
        raise AuthorizationError(
            f"{last.error} To avoid locking the account, only some checks try it again."
        )


def rests_at(credential: Credential, site: str) -> bool:
    """Return whether this site refused the secret again in the last five minutes."""
    return _resting(credential, site) is not None


def note_refusal(credential: Credential, refusal: AuthorizationError, *, site: str = "") -> None:
    """Note a refusal by a site, or by the one place that the secret is sent to.

    If it is not the first one, the next checks keep the secret to themselves.
    """
    before, now = _last(credential, site), monotonic()
    is_first = before is None or now - before.at > _IN_A_ROW_SECONDS
    credential.memory[_REFUSED + site] = _Refusal(now, refusal, is_first)


def forget_refusals(credential: Credential, *, site: str = "") -> None:
    """Note that the secret was accepted."""
    credential.memory.pop(_REFUSED + site, None)


def _resting(credential: Credential, site: str) -> _Refusal | None:
    last = _last(credential, site)
    is_resting = last and not last.is_first and monotonic() - last.at < REST_SECONDS
    return last if is_resting else None


def _last(credential: Credential, site: str) -> _Refusal | None:
    last: _Refusal | None = credential.memory.get(_REFUSED + site)
    return last
