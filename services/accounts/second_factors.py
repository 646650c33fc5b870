"""The second factor of a login: a code of an authenticator app or a recovery code, used once."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import RecoveryCode, SecondFactor, User
from security.login import authenticator
from security.vault import DataKey, KeyRing, Sealed, WrappedKey
from services.accounts import accounts
from services.accounts import mails as account_mails
from services.accounts import sessions as user_sessions
from services.errors import Conflict, Invalid, Unauthenticated

_PURPOSE = b"downtime/second-factor/v1\0"
_WRONG = "The email address, the password or the code is wrong."


@dataclass(frozen=True, slots=True)
class Offer:
    """What an app receives once: the secret, and a URI that contains it."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecondFactorStatus:
    is_on: bool
    recovery_codes: int


def status(session: Session, user_id: int) -> SecondFactorStatus:
    """Return whether a second factor is active, and how many recovery codes are left."""
    codes = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id)
    return SecondFactorStatus(
        _confirmed(session, user_id) is not None, session.scalars(codes).one()
    )


def begin(
    session: Session, user_id: int, *, current_password: str, ring: KeyRing, now: datetime
) -> Offer:
    """Create a secret; it becomes active once a code proves that the app has it."""
    user = accounts.prove(session, user_id, current_password)
    if _confirmed(session, user_id) is not None:
        raise Conflict("This account already has a second factor. Remove it first.")
    session.execute(delete_rows(SecondFactor).where(SecondFactor.user_id == user_id))
    secret, key = authenticator.new_secret(), DataKey.new()
    wrapped, sealed = ring.wrap(key), key.seal(secret.encode(), bound_to=_place(user))
    session.add(
        SecondFactor(
            user_id=user_id,
            wrapped_by=wrapped.wrapped_by,
            wrapped=wrapped.wrapped,
            nonce=sealed.nonce,
            ciphertext=sealed.ciphertext,
            created_at=now,
        )
    )
    session.flush()
    return Offer(secret, authenticator.address(secret, user.email))


def confirm(
    session: Session,
    user_id: int,
    *,
    code: str,
    session_id: uuid.UUID | None,
    ring: KeyRing,
    now: datetime,
) -> list[str]:
    """Activate the second factor and return the recovery codes, once. Ends all other sessions."""
    user = session.get_one(User, user_id, with_for_update=True)
    factor = session.get(SecondFactor, user_id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("There is no second factor to confirm.")
    if not _uses_step(factor, user, code, ring, now):
        raise Invalid(
            {"code": ["The code is wrong or has expired. Enter the current code of the app."]}
        )
    factor.confirmed_at = now
    codes = [authenticator.new_recovery_code() for _ in range(authenticator.RECOVERY_CODES)]
    session.execute(delete_rows(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(
        RecoveryCode(code_hash=authenticator.recovery_code_hash(each), user_id=user_id)
        for each in codes
    )
    user_sessions.end_all(session, user_id, but=session_id)
    account_mails.record(session, AccountEvent.SECOND_FACTOR_ON, user.email, now=now)
    session.flush()
    return codes


def remove(
    session: Session,
    user_id: int,
    *,
    current_password: str,
    code: str,
    ring: KeyRing,
    now: datetime,
) -> None:
    """Remove the second factor. Requires the password and a valid code."""
    user = accounts.prove(session, user_id, current_password)
    factor = _confirmed(session, user_id)
    if factor is None:
        raise Conflict("This account has no second factor.")
    if not _uses(session, factor, user, code, ring, now):
        raise Invalid({"code": ["The code is wrong or has expired. Enter a current one."]})
    for table in (SecondFactor, RecoveryCode):
        session.execute(delete_rows(table).where(table.user_id == user_id))
    account_mails.record(session, AccountEvent.SECOND_FACTOR_OFF, user.email, now=now)


def require(session: Session, user: User, code: str, *, ring: KeyRing, now: datetime) -> bool:
    """Use up a code at a login, if the user has an authenticator app. Return whether that is so.

    Raise `Invalid` if the code is missing and `Unauthenticated` if it is wrong.
    """
    factor = _confirmed(session, user.id)
    if factor is None:
        return False
    if not code:
        raise Invalid({"code": ["This account has a second factor. Enter its code as well."]})
    if not _uses(session, factor, user, code, ring, now):
        raise Unauthenticated(_WRONG, by_code=True)
    return True


def rewrap(session: Session, *, ring: KeyRing) -> int:
    """Rewrap the secrets of other keys with the active key of the ring; return their number."""
    rows = session.scalars(select(SecondFactor).where(SecondFactor.wrapped_by != ring.active)).all()
    for row in rows:
        wrapped = ring.rewrap(WrappedKey(row.wrapped_by, row.wrapped))
        row.wrapped_by, row.wrapped = wrapped.wrapped_by, wrapped.wrapped
    session.flush()
    return len(rows)


def _confirmed(session: Session, user_id: int) -> SecondFactor | None:
    query = select(SecondFactor).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _uses(
    session: Session, factor: SecondFactor, user: User, code: str, ring: KeyRing, now: datetime
) -> bool:
    return _uses_step(factor, user, code, ring, now) or _uses_recovery(session, user, code, now)


def _uses_step(factor: SecondFactor, user: User, code: str, ring: KeyRing, now: datetime) -> bool:
    key = ring.unwrap(WrappedKey(factor.wrapped_by, factor.wrapped))
    secret = key.open(Sealed(factor.nonce, factor.ciphertext), bound_to=_place(user)).decode()
    step = authenticator.step_of(secret, code, now=now)
    if step is None or step <= factor.last_step:
        return False
    factor.last_step = step
    return True


def _uses_recovery(session: Session, user: User, code: str, now: datetime) -> bool:
    used = session.scalars(
        delete_rows(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == authenticator.recovery_code_hash(code),
        )
        .returning(RecoveryCode.code_hash)
    ).one_or_none()
    if used is None:
        return False
    left = str(status(session, user.id).recovery_codes)
    account_mails.record(
        session, AccountEvent.RECOVERY_CODE_USED, user.email, facts={"Left": left}, now=now
    )
    return True


def _place(user: User) -> bytes:
    return _PURPOSE + user.public_id.bytes
