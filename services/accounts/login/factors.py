"""The second factor of a login by password: a code, or a passkey."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import User
from security.vault import KeyRing
from services.accounts import second_factors
from services.accounts.login import passkeys
from services.accounts.login.passkeys import Checks
from services.errors import Invalid


@dataclass(frozen=True, slots=True)
class Factor:
    """What somebody gives beside the password: a code, the answer of a passkey, or nothing."""

    code: str = field(default="", repr=False)
    passkey: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_given(self) -> bool:
        return bool(self.code) or self.passkey is not None


NONE = Factor()


def is_on(session: Session, user_id: int) -> bool:
    """Return whether a login by password needs a second factor."""
    return second_factors.status(session, user_id).is_on or passkeys.has_any(session, user_id)


def require(
    session: Session, user: User, given: Factor, *, ring: KeyRing, checks: Checks, now: datetime
) -> None:
    """Use up a factor at a login, if the user has any.

    Raise `Invalid` if it is missing and `Unauthenticated` if it is wrong.
    """
    if given.passkey is not None:
        passkeys.use(session, given.passkey, of=user.id, checks=checks, now=now)
        return
    has_codes = second_factors.require(session, user, given.code, ring=ring, now=now)
    if not has_codes and passkeys.has_any(session, user.id):
        raise Invalid({"code": ["This account has a passkey as its second factor. Use it."]})
