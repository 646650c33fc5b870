"""Operators: who is one, with which rights of the database, and the trail of what they do.

An operator is a user whose address is one of `DOWNTIME_OPERATORS` and who has a second factor. Both
are looked up for each request, so an operator who loses one of them is none from then on.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models import Passkey, SecondFactor, User
from models.audit_entry import ActorKind
from models.session import acting_as
from services.audit import acts
from services.audit.acts import Actor
from services.errors import Invalid, NotFound

_ROLE = "downtime_operator"

# The columns are named, because an operator may read no other.
HAS_FACTOR = or_(
    select(SecondFactor.user_id)
    .where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None))
    .exists(),
    select(Passkey.user_id).where(Passkey.user_id == User.id).exists(),
)
"""Whether a user has an authenticator app or a passkey."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator, by key, public id and address."""

    key: int
    id: UUID
    email: str


def of_user(session: Session, user_id: int, operators: Collection[str]) -> Operator:
    """Return the operator that a user is. Raise `NotFound` for anybody else, who learns nothing."""
    return _one(session, User.id == user_id, operators)


def of_email(session: Session, email: str, operators: Collection[str]) -> Operator:
    """Return the operator with an address. Raise `NotFound` if nobody is one by this address."""
    return _one(session, func.lower(User.email) == email.lower(), operators)


@contextmanager
def limited(session: Session) -> Iterator[None]:
    """Read and write with the rights of an operator: no secret and no monitor of an organization."""
    with acting_as(session, _ROLE):
        yield


def declare(
    session: Session,
    operator: Operator,
    organization_ids: Iterable[int],
    target: tuple[str, UUID, str | None],
    **facts: object,
) -> None:
    """Declare what the operator did to some organizations, and to what in them.

    Call this last, because the transaction acts for no organization afterwards. `facts` are told
    in the entries.
    """
    actor = Actor(kind=ActorKind.OPERATOR, id=operator.id, label=operator.email)
    acts.declare_of_operator(session, organization_ids, actor)
    acts.aim(session, *target)
    if facts:
        acts.note(session, **facts)


def reason_of(text: str) -> str:
    """Return the reason that an operator gives. Raise `Invalid` for none, or for a long one."""
    reason = " ".join(text.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid({"reason": [f"Must have between 1 and {LONGEST_REASON} characters."]})
    return reason


def _one(session: Session, which: ColumnElement[bool], operators: Collection[str]) -> Operator:
    row = session.execute(
        select(User.id, User.public_id, User.email).where(which, HAS_FACTOR)
    ).one_or_none()
    if row is None or row.email.lower() not in {each.lower() for each in operators}:
        raise NotFound("operator")
    return Operator(row.id, row.public_id, row.email)
