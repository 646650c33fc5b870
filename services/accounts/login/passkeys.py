"""Passkeys: public keys by which a person logs in without a password, or as a second factor.

A challenge is a signed token, so nothing is stored when somebody asks for one. It is stored once it
was answered rightly, and then it is refused.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import Passkey, PasskeyChallenge, SecondFactor, User
from security.links import LIFETIMES, NOBODY, LinkError, Links, Purpose, Subject
from security.webauthn import relying_party
from security.webauthn.relying_party import Assertion, PasskeyError, RelyingParty, StoredPasskey
from services.accounts import accounts
from services.accounts import mails as account_mails
from services.accounts import sessions as user_sessions
from services.errors import Conflict, Invalid, NotFound, Unauthenticated

MOST = 10
"""The most passkeys of one person."""
_REFUSED = "This passkey was not accepted. Try again, or log in with your password."
_FAILED = "The passkey could not be registered. Try again."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answers to the options of a new passkey, and the name of the passkey."""

    name: str
    credential: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checks:
    """What passkeys are verified with: the signer of challenges, and this installation."""

    links: Links

    @property
    def party(self) -> RelyingParty:
        """Return the installation, as authenticators know it."""
        return RelyingParty(self.links.public_url)


def of_user(session: Session, user_id: int) -> Sequence[Passkey]:
    """List the passkeys of a person, oldest first."""
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
    return session.scalars(query).all()


def has_any(session: Session, user_id: int) -> bool:
    """Return whether a person has a passkey."""
    return session.scalars(
        select(select(Passkey.id).where(Passkey.user_id == user_id).exists())
    ).one()


def begin(
    session: Session, user_id: int, *, current_password: str, checks: Checks, now: datetime
) -> dict[str, Any]:
    """Return the options by which a browser creates a passkey. They are valid for five minutes."""
    user = accounts.prove(session, user_id, current_password)
    present = of_user(session, user_id)
    _refuse_too_many(len(present))
    subject = Subject(organization_id=user.public_id, id=uuid.uuid4())
    return checks.party.creation_options(
        challenge=checks.links.token(Purpose.PASSKEY_REGISTRATION, subject, now=now),
        user_handle=user.public_id.bytes,
        email=user.email,
        present=[each.credential_id for each in present],
    )


def register(
    session: Session,
    user_id: int,
    answer: Answer,
    *,
    session_id: uuid.UUID | None,
    checks: Checks,
    now: datetime,
) -> Passkey:
    """Store a passkey that a browser created. If it is the first factor, other sessions end."""
    user = session.get_one(User, user_id, with_for_update=True)
    present = of_user(session, user_id)
    _refuse_too_many(len(present))
    try:
        challenge = relying_party.challenge_of_registration(answer.credential)
        subject = checks.links.read(Purpose.PASSKEY_REGISTRATION, challenge, now=now)
        made = checks.party.register(answer.credential, challenge=challenge)
    except (PasskeyError, LinkError) as error:
        log.info("passkey_not_registered", reason=str(error))
        raise Invalid({"credential": [_FAILED]}) from error
    if subject.organization_id != user.public_id or not _is_first_use(session, subject, now):
        raise Invalid({"credential": [_FAILED]})
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise Conflict("This passkey is registered already.")
    row = Passkey(
        public_id=uuid.uuid4(), user_id=user_id, name=answer.name, created_at=now, **asdict(made)
    )
    session.add(row)
    if not present and not _has_codes(session, user_id):
        user_sessions.end_all(session, user_id, but=session_id)
    account_mails.record(
        session, AccountEvent.PASSKEY_ADDED, user.email, facts={"Name": answer.name}, now=now
    )
    session.flush()
    return row


def rename(
    session: Session, user_id: int, passkey_id: uuid.UUID, name: str | None = None
) -> Passkey:
    """Rename a passkey, if a name is given. Raise `NotFound` for that of another person."""
    row = find(session, user_id, passkey_id)
    row.name = row.name if name is None else name
    session.flush()
    return row


def remove(
    session: Session, user_id: int, passkey_id: uuid.UUID, *, current_password: str, now: datetime
) -> None:
    """Remove a passkey. Requires the password."""
    user = accounts.prove(session, user_id, current_password)
    row = find(session, user_id, passkey_id)
    session.delete(row)
    account_mails.record(
        session, AccountEvent.PASSKEY_REMOVED, user.email, facts={"Name": row.name}, now=now
    )
    session.flush()


def request_options(checks: Checks, *, now: datetime) -> dict[str, Any]:
    """Return the options by which a browser uses a passkey. They are valid for five minutes."""
    subject = Subject(organization_id=NOBODY, id=uuid.uuid4())
    challenge = checks.links.token(Purpose.PASSKEY_LOGIN, subject, now=now)
    return checks.party.request_options(challenge=challenge)


def addressee(session: Session, credential: Mapping[str, Any]) -> str | None:
    """Return the address of the account that an assertion claims to be of, if there is one."""
    try:
        assertion = relying_party.read(credential)
    except PasskeyError:
        return None
    query = select(User.email).join(Passkey, Passkey.user_id == User.id)
    return session.scalars(
        query.where(Passkey.credential_id == assertion.credential_id)
    ).one_or_none()


def use(
    session: Session,
    credential: Mapping[str, Any],
    *,
    of: int | None = None,
    checks: Checks,
    now: datetime,
) -> User:
    """Return the person who proved to have a passkey, or raise `Unauthenticated`.

    With `of`, it must be this user. The sign count must grow, unless the authenticator has none.
    """
    try:
        assertion = relying_party.read(credential)
        subject = checks.links.read(Purpose.PASSKEY_LOGIN, assertion.challenge, now=now)
        row, user = _claimed(session, assertion, of)
        stored = StoredPasskey(row.public_key, row.sign_count, row.backup_eligible)
        verified = checks.party.verify(assertion, stored)
    except (PasskeyError, LinkError) as error:
        log.info("passkey_refused", reason=str(error))
        raise Unauthenticated(_REFUSED, by_code=of is not None) from error
    if not _is_first_use(session, subject, now):
        raise Unauthenticated(_REFUSED, by_code=of is not None)
    row.sign_count, row.backed_up, row.last_used_at = verified.sign_count, verified.backed_up, now
    session.flush()
    return user


def purge(session: Session, *, now: datetime) -> None:
    """Delete challenges that have expired by themselves."""
    session.execute(delete_rows(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))


def _claimed(session: Session, assertion: Assertion, of: int | None) -> tuple[Passkey, User]:
    """Return the key that an assertion names, locked. Raise `PasskeyError` if it is another's."""
    row = session.execute(
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == assertion.credential_id)
        .with_for_update(of=Passkey)
    ).one_or_none()
    if row is None or of not in {None, row.User.id}:
        raise PasskeyError("no such key")
    if assertion.user_handle not in {None, b"", row.User.public_id.bytes}:
        raise PasskeyError("user handle")
    return row.Passkey, row.User


def _is_first_use(session: Session, subject: Subject, now: datetime) -> bool:
    expires_at = now + LIFETIMES[Purpose.PASSKEY_LOGIN]
    noted = insert(PasskeyChallenge).values(id=subject.id, expires_at=expires_at)
    first = noted.on_conflict_do_nothing().returning(PasskeyChallenge.id)
    return session.scalar(first) is not None


def _has_codes(session: Session, user_id: int) -> bool:
    query = select(func.count()).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalars(query).one() > 0


def find(session: Session, user_id: int, passkey_id: uuid.UUID) -> Passkey:
    """Return a passkey of a person. Raise `NotFound` for that of another one."""
    row = session.scalars(
        select(Passkey).where(Passkey.user_id == user_id, Passkey.public_id == passkey_id)
    ).one_or_none()
    if row is None:
        raise NotFound("passkey")
    return row


def _refuse_too_many(present: int) -> None:
    if present >= MOST:
        raise Conflict(f"An account may have {MOST} passkeys. Remove one first.")
